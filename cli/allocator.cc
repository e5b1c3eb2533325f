// Settings of jemalloc, which the program is linked with. librdkafka allocates every message on one thread and
// frees it on another, and an epoch's bytes come and go at once: glibc gives such pages back to the kernel and
// fetches them again, which cost a tenth of the CPU of a catch-up.
//   narenas         few: what one thread frees serves the others
//   dirty_decay_ms  freed pages are kept that long for the next epochs, then given back
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "narenas:2,dirty_decay_ms:5000,muzzy_decay_ms:0";
}
