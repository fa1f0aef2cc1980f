/* /proc/PID/pagemap, whatever the kernel's page size: 4 KiB on x64, also 16 or 64 KiB on arm64. */
#ifndef HW_PAGEMAP_H
#define HW_PAGEMAP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The open file, also where pid is CORE (core.h); -1 and errno on failure. */
int pagemap_open(pid_t pid);

/* The entry of each PAGE of the same process (base/page.h) from start, which begins a page, on. -1 and errno where they are not told. */
int pagemap_read(int fd, pid_t pid, uint64_t start, uint64_t *entries, size_t units);

#endif
