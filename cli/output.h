#pragma once
// Rows for stdout: an aligned table for people, JSON for programs. Pure, except print().
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tidemark::cli {

enum class OutputFormat : std::uint8_t { table, json, jsonl };

// Decimals are strings: a JSON number would be read as a double.
using Cell = std::variant<std::monostate, bool, std::int64_t, std::string>;

struct Column {
  std::string name;    // JSON key; upper case in the table's header
  bool right = false;  // numbers
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<Cell> row);  // REQUIRES: one cell per column
  std::size_t size() const { return rows_.size(); }
  // `bold_header`: with the escape sequences of a terminal. A table without rows is empty text, JSON is [].
  std::string render(OutputFormat format, bool bold_header = false) const;

 private:
  std::string render_table(bool bold_header) const;
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

// To stdout; the header is bold on a terminal, unless NO_COLOR is set.
void print(const Table& table, OutputFormat format);

}  // namespace tidemark::cli
