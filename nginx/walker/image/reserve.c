/* Before the freeze: memory for the copy, touched now rather than while the process waits. */
#define _GNU_SOURCE
#include "image/image-parts.h"
#include "image/populate.h"
#include "base/page.h"
#include "target/process.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HUGE = 2 << 20 };	/* bytes of a huge page of x86-64, and of arm64 with pages of 4 KB */

int image_map(struct image *im, size_t size)
{
	void *p;

	size += PAGE;	/* an object's header may begin in its last bytes, and not be one */
	size = (size + HUGE - 1) & ~(size_t)(HUGE - 1);	/* Linux from 6.7 on lets such a mapping begin where a huge page can */
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return -1;
	im->arena = p;
	im->arena_size = size;
	madvise(p, size, MADV_HUGEPAGE);	/* only speed: a refusal is no error */
	return 0;
}

static uint64_t resident_bytes(pid_t pid)
{
	char text[128], *after;

	process_text(pid, "statm", text, sizeof(text));
	strtoull(text, &after, 10);
	return (uint64_t)strtoull(after, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
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
	size_t half = size / 2 & ~(size_t)(HUGE - 1);
	struct touch_job first = {arena, half}, rest = {arena + half, size - half};
	pthread_t second;
	bool have_second = half > 0 && pthread_create(&second, NULL, touch, &first) == 0;

	if (half > 0 && !have_second)
		touch(&first);
	touch(&rest);
	if (have_second)
		pthread_join(second, NULL);
}

/* A sparse target is left to touch as it goes. */
static bool is_dense(size_t size, uint64_t resident)
{
	return resident >= size / 2;
}

uint64_t image_takes(const struct maps *maps, pid_t pid)
{
	struct image im = {0};
	const size_t size = image_layout(&im, maps);

	free(im.regions);
	return is_dense(size, resident_bytes(pid)) ? size : process_anonymous(pid);
}

int image_reserve(struct image *im, const struct maps *maps, pid_t pid)
{
	const size_t slack = 8 << 20;	/* room for what is mapped between now and the freeze */
	size_t size;

	memset(im, 0, sizeof(*im));
	size = image_layout(im, maps);
	if (!im->regions)
		return -1;
	if (image_map(im, size + slack) != 0)
		return -1;
	/* Touch the destination now rather than while the worker waits. */
	if (is_dense(size, resident_bytes(pid)))
		touch_all(im->arena, size);
	return 0;
}
