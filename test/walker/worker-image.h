/* A made-up worker of one region of memory, for programs that check readers of nginx's structures: they include it once. */
#include "image/image.h"

#include <stdlib.h>
#include <string.h>

/* Where the region begins in the worker. */
static const uint64_t base = UINT64_C(0x7f0000000000);

static uint8_t *memory;			/* the region's bytes */
static struct region region;
static struct image image;

/* In place of image.c's, which finds regions among many. */
uint8_t *image_find(const struct image *im, uint64_t addr, uint64_t len)
{
	const struct region *r = im->regions;

	return addr >= r->start && addr < r->end && len <= r->end - addr ? r->copy + (addr - r->start) : NULL;
}

/* A region of `size` bytes of zeros; what it held before is gone. */
static void image_begin(uint64_t size)
{
	static uint32_t slots[INDEX_SIZE];

	if (!memory)
		memory = malloc(size);
	if (!memory)
		abort();
	memset(memory, 0, size);
	region = (struct region){base, base + size, memory};
	image = (struct image){.regions = &region, .nregions = 1, .index = slots};
}

static void put(uint64_t at, uint64_t v)
{
	memcpy(memory + at, &v, 8);
}

/* Any number; the same ones in each run. */
static uint64_t next_random(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}
