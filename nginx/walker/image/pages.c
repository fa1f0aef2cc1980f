#define _GNU_SOURCE
#include "image/pages.h"
#include "target/pagemap.h"
#include "base/page.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 8192 };

static uint8_t *page_of(const struct pages *p, const struct region *r, uint64_t addr)
{
	const size_t page = (size_t)(r->copy + (addr - r->start) - p->im->arena) / PAGE;

	assert(page < p->count);
	return p->present + page;
}

static int read_region(const struct pages *p, const struct region *r, int fd, pid_t pid)
{
	uint64_t entries[BATCH];
	uint8_t *to = page_of(p, r, r->start);

	for (uint64_t at = r->start; at < r->end;) {
		uint64_t left = (r->end - at) / PAGE;
		size_t n = left < BATCH ? (size_t)left : BATCH;

		if (pagemap_read(fd, pid, at, entries, n) != 0)
			return -1;
		for (size_t i = 0; i < n; i++)
			to[i] = (uint8_t)(entries[i] >> 63);
		to += n;
		at += n * PAGE;
	}
	return 0;
}

int pages_read(struct pages *p, const struct image *im, pid_t pid)
{
	int fd, result = 0;

	p->im = im;
	p->count = im->arena_size / PAGE;
	p->present = calloc(p->count + 1, 1);
	if (!p->present)
		return -1;
	fd = pagemap_open(pid);
	if (fd < 0)
		return -1;
	for (size_t i = 0; i < im->nregions && result == 0; i++)
		result = read_region(p, &im->regions[i], fd, pid);
	close(fd);
	return result;
}

void pages_set(struct pages *p, uint64_t start, const uint64_t *entries, size_t count)
{
	const struct region *r = image_region(p->im, start);

	for (size_t i = 0; r && start >= r->start && i < count; i++)
		*page_of(p, r, start + i * PAGE) = (uint8_t)(entries[i] >> 63);
}

void pages_free(struct pages *p)
{
	free(p->present);
	memset(p, 0, sizeof(*p));
}

uint64_t pages_resident(const struct pages *p, uint64_t start, uint64_t end)
{
	uint64_t bytes = 0;

	for (const struct region *r = image_region(p->im, start); r && start < end; r = image_region(p->im, start)) {
		uint64_t stop = end < r->end ? end : r->end;

		if (start < r->start)
			start = r->start;
		while (start < stop) {
			uint64_t next = (start | (PAGE - 1)) + 1;

			if (next > stop)
				next = stop;
			if (*page_of(p, r, start))
				bytes += next - start;
			start = next;
		}
		if (stop < r->end)
			break;
	}
	return bytes;
}

static bool all_zeros(const uint8_t *page)
{
	return page[0] == 0 && memcmp(page, page + 1, PAGE - 1) == 0;
}

uint64_t pages_drop_zeros(struct pages *p, uint64_t start, uint64_t end, uint64_t excess)
{
	uint64_t dropped = 0;

	for (uint64_t at = start; at + PAGE <= end && dropped < excess; at += PAGE) {
		const struct region *r = image_region(p->im, at);
		uint8_t *present;

		if (!r || at < r->start)
			continue;
		present = page_of(p, r, at);
		if (*present && all_zeros(r->copy + (at - r->start))) {
			*present = 0;
			dropped += PAGE;
		}
	}
	return dropped;
}
