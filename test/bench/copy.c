/*
** The yardstick for the walker: what copying a process's heaps costs on this machine, bare. Prints bytes, then the
** microseconds of one thread's memcpy and of two threads' process_vm_readv, both into memory that was touched before.
** copy PID. Medians of REPEATS; the process need not be stopped.
*/
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, MAX_RUNS = 1 << 16, CHUNK = 4 << 20, REPEATS = 5 };

/* At most CHUNK of neighbouring pages that are resident or swapped. */
struct run {
	uint64_t from, length, offset;
};

static struct run runs[MAX_RUNS];
static size_t nruns, next_run;
static uint64_t bytes;
static uint8_t *to;
static pid_t pid;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void add_page(uint64_t at)
{
	struct run *last = nruns ? &runs[nruns - 1] : NULL;

	if (last && last->from + last->length == at && last->length < CHUNK) {
		last->length += PAGE;
	} else if (nruns == MAX_RUNS) {
		fputs("too many runs of pages\n", stderr);
		exit(1);
	} else {
		runs[nruns++] = (struct run){at, PAGE, bytes};
	}
	bytes += PAGE;
}

/* Private, writable, anonymous, and there. */
static void find_runs(void)
{
	char name[64], line[4096], perms[5], path[512];
	FILE *maps;
	int pagemap;

	snprintf(name, sizeof(name), "/proc/%d/maps", (int)pid);
	maps = fopen(name, "re");
	snprintf(name, sizeof(name), "/proc/%d/pagemap", (int)pid);
	pagemap = open(name, O_RDONLY | O_CLOEXEC);
	if (!maps || pagemap < 0)
		die(name);
	while (fgets(line, sizeof(line), maps)) {
		unsigned long long start, end, inode;
		uint64_t entry;

		path[0] = '\0';
		if (sscanf(line, "%llx-%llx %4s %*x %*x:%*x %llu %511s", &start, &end, perms, &inode, path) < 4 || inode != 0 ||
		    strncmp(perms, "rw", 2) != 0 || perms[3] != 'p' || (path[0] && strcmp(path, "[heap]") != 0))
			continue;
		for (uint64_t at = start; at < end; at += PAGE)
			if (pread(pagemap, &entry, 8, (off_t)(at / PAGE * 8)) == 8 && entry >> 62)
				add_page(at);
	}
	fclose(maps);
	close(pagemap);
}

static void *copy_runs(void *unused)
{
	size_t i;

	while ((i = __atomic_fetch_add(&next_run, 1, __ATOMIC_RELAXED)) < nruns) {
		struct iovec local = {to + runs[i].offset, runs[i].length}, remote = {(void *)(uintptr_t)runs[i].from, runs[i].length};

		if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != (ssize_t)runs[i].length)
			die("process_vm_readv");
	}
	return unused;
}

static uint64_t time_read(void)
{
	uint64_t began;
	pthread_t second;

	next_run = 0;
	began = now_ns();
	if (pthread_create(&second, NULL, copy_runs, NULL) != 0)
		die("pthread_create");
	copy_runs(NULL);
	pthread_join(second, NULL);
	return now_ns() - began;
}

static uint64_t time_memcpy(uint8_t *copy)
{
	uint64_t began = now_ns();

	memcpy(copy, to, bytes);
	__asm__ volatile("" : : "r"(copy) : "memory");
	return now_ns() - began;
}

static uint8_t *touched(void)
{
	uint8_t *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	madvise(p, bytes, MADV_HUGEPAGE);
	memset(p, 1, bytes);
	return p;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static unsigned long long median_us(uint64_t *ns)
{
	qsort(ns, REPEATS, sizeof(*ns), by_value);
	return ns[REPEATS / 2] / 1000;
}

int main(int argc, char **argv)
{
	uint64_t memcpy_ns[REPEATS], read_ns[REPEATS];
	uint8_t *copy;

	pid = argc == 2 ? atoi(argv[1]) : 0;
	if (pid <= 0) {
		fputs("usage: copy PID\n", stderr);
		return 2;
	}
	find_runs();
	to = touched();
	copy = touched();
	for (int i = 0; i < REPEATS; i++) {
		memcpy_ns[i] = time_memcpy(copy);
		read_ns[i] = time_read();
	}
	printf("%llu %llu %llu\n", (unsigned long long)bytes, median_us(memcpy_ns), median_us(read_ns));
	return 0;
}
