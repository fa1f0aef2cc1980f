/* Reading the target: the only file that turns a target address into bytes. */
#define _GNU_SOURCE
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23	/* Linux 5.14; musl does not name it */
#endif

enum {
	PAGE = 4096,
	CHUNK = 4 << 20,		/* bytes that one copy thread takes at a time */
};

/* -- One read ------------------------------------------------------------ */

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

/* -- The image ----------------------------------------------------------- */

/* Heaps are private, writable and anonymous. The brk heap counts too: a LuaJIT built on the system's malloc is there. */
static bool mapping_is_heap(const struct mapping *m)
{
	if (!m->readable || !m->writable || m->shared || m->inode != 0)
		return false;
	return m->path[0] == '\0' || strcmp(m->path, "[heap]") == 0 || strncmp(m->path, "[anon", 5) == 0;
}

/* Neighbours in the target stay neighbours in the copy, so that an object across two mappings is one range. */
static size_t image_layout(struct image *im, const struct maps *maps)
{
	size_t size = 0, n = 0;

	free(im->regions);
	im->nregions = 0;
	im->regions = calloc(maps->count + 1, sizeof(*im->regions));
	if (!im->regions)
		return 0;
	for (size_t i = 0; i < maps->count; i++) {
		const struct mapping *m = &maps->list[i];

		if (!mapping_is_heap(m))
			continue;
		if (n > 0 && im->regions[n - 1].end == m->start) {
			im->regions[n - 1].end = m->end;
		} else {
			im->regions[n].start = m->start;
			im->regions[n].end = m->end;
			n++;
		}
		size += m->end - m->start;
	}
	im->nregions = n;
	im->mapped = size;
	return size;
}

static void image_place(struct image *im)
{
	uint8_t *at = im->arena;

	for (size_t i = 0; i < im->nregions; i++) {
		im->regions[i].copy = at;
		at += im->regions[i].end - im->regions[i].start;
	}
}

static int image_map(struct image *im, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return -1;
	im->arena = p;
	im->arena_size = size;
	madvise(p, size, MADV_HUGEPAGE);	/* only speed: a refusal is no error */
	return 0;
}

static uint64_t pages_resident(pid_t pid)
{
	char name[64];
	unsigned long resident = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/statm", (int)pid);
	f = fopen(name, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%*u %lu", &resident) != 1)
		resident = 0;
	fclose(f);
	return resident;
}

struct touch_job {
	uint8_t *from;
	size_t size;
};

static void *touch(void *arg)
{
	const struct touch_job *job = arg;

	if (madvise(job->from, job->size, MADV_POPULATE_WRITE) != 0)
		for (size_t i = 0; i < job->size; i += PAGE)
			((volatile uint8_t *)job->from)[i] = 0;
	return NULL;
}

/* The kernel clears each page it hands out; two threads halve that. */
static void touch_all(uint8_t *arena, size_t size)
{
	size_t half = size / 2 & ~(((size_t)2 << 20) - 1);
	struct touch_job first = {arena, half}, rest = {arena + half, size - half};
	pthread_t second;
	bool have_second = half > 0 && pthread_create(&second, NULL, touch, &first) == 0;

	if (half > 0 && !have_second)
		touch(&first);
	touch(&rest);
	if (have_second)
		pthread_join(second, NULL);
}

int image_reserve(struct image *im, const struct maps *maps, pid_t pid)
{
	const size_t slack = 8 << 20;	/* room for what is mapped between now and the freeze */
	size_t size, dense;

	memset(im, 0, sizeof(*im));
	size = image_layout(im, maps);
	if (!im->regions)
		return -1;
	if (image_map(im, size + slack) != 0)
		return -1;
	/* Touch the destination now rather than while the worker waits; a sparse target is left to touch as it goes. */
	dense = pages_resident(pid) * PAGE;
	if (dense >= size / 2)
		touch_all(im->arena, size);
	return 0;
}

struct copy_job {
	pid_t pid;
	struct region *pieces;
	size_t npieces;
	size_t next;		/* taken by atomic increment */
	uint64_t deadline_ns;
	const struct image *im;
	int error;
	uint64_t copied;
};

/* Only pages that are resident or swapped hold anything: bits 63 and 62 of a pagemap entry. */
static int copy_resident(pid_t pid, const struct region *piece, uint64_t *copied)
{
	uint64_t entries[CHUNK / PAGE];
	size_t pages = (size_t)((piece->end - piece->start) / PAGE);
	char name[64];
	ssize_t got;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/pagemap", (int)pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : pread(fd, entries, pages * 8, (off_t)(piece->start / PAGE * 8));
	if (fd >= 0)
		close(fd);
	if (got != (ssize_t)(pages * 8))
		memset(entries, 0xff, pages * 8);	/* not told: take all */
	for (size_t i = 0; i < pages;) {
		size_t from = i;

		while (i < pages && entries[i] >> 62)
			i++;
		if (i > from) {
			size_t len = (i - from) * PAGE;

			if (memory_read(pid, raddr(piece->start + from * PAGE), piece->copy + from * PAGE, len) != 0)
				return -1;
			*copied += len;
		}
		while (i < pages && !(entries[i] >> 62))
			i++;
	}
	return 0;
}

static uint64_t monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void *copy_worker(void *arg)
{
	struct copy_job *job = arg;
	uint64_t copied = 0;

	for (;;) {
		size_t i = __atomic_fetch_add(&job->next, 1, __ATOMIC_RELAXED);

		if (i >= job->npieces || __atomic_load_n(&job->error, __ATOMIC_RELAXED))
			break;
		if (job->im->alive)
			job->im->alive(job->im->alive_context);
		if (job->deadline_ns && monotonic_ns() > job->deadline_ns) {
			__atomic_store_n(&job->error, ETIME, __ATOMIC_RELAXED);
			break;
		}
		if (copy_resident(job->pid, &job->pieces[i], &copied) != 0) {
			__atomic_store_n(&job->error, errno ? errno : EIO, __ATOMIC_RELAXED);
			break;
		}
	}
	__atomic_fetch_add(&job->copied, copied, __ATOMIC_RELAXED);
	return NULL;
}

static struct region *image_pieces(const struct image *im, size_t *count)
{
	struct region *pieces;
	size_t n = 0, room = 0;

	for (size_t i = 0; i < im->nregions; i++)
		room += (size_t)((im->regions[i].end - im->regions[i].start) / CHUNK) + 1;
	pieces = calloc(room + 1, sizeof(*pieces));
	if (!pieces)
		return NULL;
	for (size_t i = 0; i < im->nregions; i++) {
		const struct region *r = &im->regions[i];

		for (uint64_t at = r->start; at < r->end; at += CHUNK) {
			pieces[n].start = at;
			pieces[n].end = r->end - at > CHUNK ? at + CHUNK : r->end;
			pieces[n].copy = r->copy + (at - r->start);
			n++;
		}
	}
	*count = n;
	return pieces;
}

int image_copy(struct image *im, const struct maps *maps, pid_t pid)
{
	struct copy_job job = {.pid = pid, .deadline_ns = im->deadline_ns, .im = im};
	pthread_t second;
	bool have_second;
	size_t size = image_layout(im, maps);

	if (!im->regions)
		return -1;
	if (size > im->arena_size) {
		munmap(im->arena, im->arena_size);
		im->arena = NULL;
		if (image_map(im, size) != 0)
			return -1;
	}
	image_place(im);
	if (image_index(im) != 0)
		return -1;
	job.pieces = image_pieces(im, &job.npieces);
	if (!job.pieces)
		return -1;
	have_second = job.npieces > 1 && pthread_create(&second, NULL, copy_worker, &job) == 0;
	copy_worker(&job);
	if (have_second)
		pthread_join(second, NULL);
	free(job.pieces);
	im->copied = job.copied;
	if (job.error) {
		errno = job.error;
		return -1;
	}
	return 0;
}

int image_index(struct image *im)
{
	free(im->index);
	im->index = calloc(INDEX_SIZE, sizeof(*im->index));
	if (!im->index)
		return -1;
	for (size_t i = 0; i < im->nregions; i++) {
		const struct region *r = &im->regions[i];
		uint64_t chunks = ((r->end - 1) >> INDEX_SHIFT) - (r->start >> INDEX_SHIFT) + 1;

		/* Where two share a chunk, or the address space wraps around, the larger region matters more. */
		for (uint64_t k = 0; k < chunks && k < INDEX_SIZE; k++) {
			uint32_t *slot = &im->index[((r->start >> INDEX_SHIFT) + k) & (INDEX_SIZE - 1)];
			const struct region *other = &im->regions[*slot];

			if (r->end - r->start >= other->end - other->start)
				*slot = (uint32_t)i;
		}
	}
	return 0;
}

uint64_t image_address(const struct image *im, const uint8_t *copy)
{
	for (size_t i = 0; i < im->nregions; i++) {
		const struct region *r = &im->regions[i];

		if (copy >= r->copy && copy < r->copy + (r->end - r->start))
			return r->start + (uint64_t)(copy - r->copy);
	}
	return 0;
}

void image_free(struct image *im)
{
	free(im->index);
	if (im->arena)
		munmap(im->arena, im->arena_size);
	free(im->regions);
	memset(im, 0, sizeof(*im));
}

uint8_t *image_find(const struct image *im, uint64_t addr, uint64_t len)
{
	size_t low = 0, high = im->nregions;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (im->regions[mid].end <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == im->nregions || addr < im->regions[low].start || len > im->regions[low].end - addr)
		return NULL;
	return im->regions[low].copy + (addr - im->regions[low].start);
}
