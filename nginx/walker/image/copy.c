/* While the process stands still: two threads copy what is resident. */
#define _GNU_SOURCE
#include "image/image-parts.h"
#include "target/pagemap.h"
#include "base/page.h"
#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	CHUNK = 4 << 20,		/* bytes that one copy thread takes at a time; with no more there is one */
};

_Static_assert(CHUNK % PAGE == 0, "a copy thread takes whole pages");

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
	int fd = pagemap_open(pid);

	if (fd < 0 || pagemap_read(fd, pid, piece->start, entries, pages) != 0)
		memset(entries, 0xff, pages * 8);	/* not told: take all */
	if (fd >= 0)
		close(fd);
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
		if (job->deadline_ns && clock_monotonic_ns() > job->deadline_ns) {
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

static void image_place(struct image *im)
{
	uint8_t *at = im->arena;

	for (size_t i = 0; i < im->nregions; i++) {
		im->regions[i].copy = at;
		at += im->regions[i].end - im->regions[i].start;
	}
	assert((size_t)(at - im->arena) <= im->arena_size);
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
	have_second = size > CHUNK && pthread_create(&second, NULL, copy_worker, &job) == 0;
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
