// Settings of jemalloc, which the program is linked with. librdkafka allocates every message on one thread
// and frees it on another, and an epoch's bytes come and go at once: glibc gives such pages back to the
// kernel and fetches them again, which cost a tenth of the CPU of a catch-up.
//   thp             huge pages where the kernel allows to ask for them: a page fault costs microseconds
//   narenas         one: what one thread frees serves the others
//   dirty_decay_ms  freed pages are kept that long for the next epochs, then given back
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,narenas:1,dirty_decay_ms:60000,muzzy_decay_ms:0";
}
