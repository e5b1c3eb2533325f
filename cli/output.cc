#include "cli/output.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "cli/text.h"
#include "tidemark/assert.h"

namespace tidemark::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Cell& cell) {
  if (const auto* flag = std::get_if<bool>(&cell)) return *flag ? "yes" : "no";
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return std::to_string(*number);
  if (const auto* text = std::get_if<std::string>(&cell)) return table_text(*text);
  return "-";
}

Json json_of(const Cell& cell) {
  if (const auto* flag = std::get_if<bool>(&cell)) return *flag;
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return *number;
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  return nullptr;
}

// Code points, which is the width for all but the widest scripts.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void append_cell(std::string& line, const std::string& text, std::size_t width, bool right) {
  const std::string padding(width - std::min(width, width_of(text)), ' ');
  line += right ? padding + text : text + padding;
}

void end_line(std::string& line) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
}

}  // namespace

void Table::add(std::vector<Cell> row) {
  TM_ASSERT(row.size() == columns_.size());
  rows_.push_back(std::move(row));
}

std::string Table::render_table(bool bold_header) const {
  if (rows_.empty()) return "";
  std::vector<std::size_t> widths;
  for (const auto& column : columns_) widths.push_back(column.name.size());
  std::vector<std::vector<std::string>> texts;
  for (const auto& row : rows_) {
    auto& line = texts.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      line.push_back(text_of(row[i]));
      widths[i] = std::max(widths[i], width_of(line.back()));
    }
  }
  std::string header;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::string name = columns_[i].name;
    for (char& c : name) c = c == '_' ? ' ' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (i > 0) header += "  ";
    append_cell(header, name, widths[i], columns_[i].right);
  }
  end_line(header);
  std::string out = bold_header ? "\x1b[1m" + header + "\x1b[0m\n" : header + "\n";
  for (const auto& row : texts) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      append_cell(line, row[i], widths[i], columns_[i].right);
    }
    end_line(line);
    out += line + "\n";
  }
  return out;
}

std::string Table::render(OutputFormat format, bool bold_header) const {
  if (format == OutputFormat::table) return render_table(bold_header);
  Json list = Json::array();
  std::string lines;
  for (const auto& row : rows_) {
    Json object = Json::object();
    for (std::size_t i = 0; i < row.size(); ++i) object[columns_[i].name] = json_of(row[i]);
    if (format == OutputFormat::json) {
      list.push_back(std::move(object));
    } else {
      lines += object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    }
  }
  if (format == OutputFormat::jsonl) return lines;
  return list.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void print(const Table& table, OutputFormat format) {
  const char* no_color = std::getenv("NO_COLOR");
  const bool bold = ::isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
  const std::string text = table.render(format, bold);
  std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace tidemark::cli
