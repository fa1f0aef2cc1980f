/* Reading the target: the only file that turns a target address into bytes. */
#define _GNU_SOURCE
#include "target/core.h"
#include "target/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

/* /proc/PID/mem asks only for ptrace access; container engines forbid process_vm_readv by default. */
static int memory_read_proc(pid_t pid, struct raddr from, void *to, size_t len)
{
	char name[64];
	uint8_t *out = to;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/mem", (int)pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while (len > 0) {
		ssize_t n = pread(fd, out, len, (off_t)from.a);

		if (n <= 0) {
			int err = n < 0 ? errno : EFAULT;

			close(fd);
			errno = err;
			return -1;
		}
		out += n;
		from.a += (uint64_t)n;
		len -= (size_t)n;
	}
	close(fd);
	return 0;
}

int memory_read(pid_t pid, struct raddr from, void *to, size_t len)
{
	uint8_t *out = to;

	if (pid == CORE)
		return core_read(from, to, len);
	while (len > 0) {
		struct iovec local = {out, len};
		struct iovec remote = {(void *)(uintptr_t)from.a, len};
		ssize_t n = process_vm_readv(pid, &local, 1, &remote, 1, 0);

		if (n <= 0) {
			if (n < 0 && (errno == EPERM || errno == ENOSYS || errno == EACCES))
				return memory_read_proc(pid, from, out, len);
			if (n == 0)
				errno = EFAULT;
			return -1;
		}
		out += n;
		from.a += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

uint64_t memory_word(pid_t pid, uint64_t address)
{
	uint64_t v = 0;

	if (address == 0 || memory_read(pid, raddr(address), &v, sizeof(v)) != 0)
		return 0;
	return v;
}
