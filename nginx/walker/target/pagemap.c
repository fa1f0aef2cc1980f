#define _GNU_SOURCE
#include "target/pagemap.h"
#include "target/core.h"
#include "base/page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int pagemap_open(pid_t pid)
{
	char name[64] = "/dev/null";

	if (pid != CORE)
		snprintf(name, sizeof(name), "/proc/%d/pagemap", (int)pid);
	return open(name, O_RDONLY | O_CLOEXEC);
}

int pagemap_read(int fd, pid_t pid, uint64_t start, uint64_t *entries, size_t units)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE), share = page / PAGE;
	const size_t bytes = (units + share - 1) / share * sizeof(*entries);
	ssize_t got;

	if (pid == CORE)
		return core_pages(start, entries, units);
	got = pread(fd, entries, bytes, (off_t)(start / page * sizeof(*entries)));
	if (got != (ssize_t)bytes) {
		errno = got < 0 ? errno : EIO;
		return -1;
	}
	/* Backwards, so that no entry is overwritten before its turn. */
	for (size_t i = units; share > 1 && i-- > 0;)
		entries[i] = entries[i / share];
	return 0;
}
