/* A frozen copy of a process's private anonymous memory: where its heaps are. */
#ifndef HW_IMAGE_H
#define HW_IMAGE_H

#include "target/maps.h"
#include "target/memory.h"
#include "base/word.h"

/* One contiguous range of target memory and where its copy is. */
struct region {
	uint64_t start, end;	/* target addresses, end exclusive */
	uint8_t *copy;		/* end - start bytes */
};

/* A frozen copy of a process's private anonymous memory, sorted by address. */
struct image {
	struct region *regions;
	size_t nregions;
	uint32_t *index;	/* region by (address / 128 kB) % INDEX_SIZE: right for all but small regions */
	uint8_t *arena;		/* one mapping behind all copies */
	size_t arena_size;
	uint64_t copied;	/* bytes that were read from the target */
	void (*alive)(const void *context);	/* called as copying goes on; NULL: not */
	const void *alive_context;
	uint64_t deadline_ns;	/* on the monotonic clock: copying gives up past it, with ETIME; 0 for never */
	uint64_t mapped;	/* bytes of all regions: no heap in it is larger */
};

/* Where a copy of the process's heaps would go; nothing is read yet and the process need not be stopped. */
int image_reserve(struct image *im, const struct maps *maps, pid_t pid);
/* How many bytes of memory a copy takes, at the most. */
uint64_t image_takes(const struct maps *maps, pid_t pid);
/* Copy the present anonymous memory. Called while the process stands still. Returns 0, or -1 with errno. */
int image_copy(struct image *im, const struct maps *maps, pid_t pid);
void image_free(struct image *im);

enum { INDEX_SHIFT = 17, INDEX_SIZE = 1 << 17 };
_Static_assert((INDEX_SIZE & (INDEX_SIZE - 1)) == 0, "the index is addressed by a mask");

/* Build the index once the regions have their places. Returns 0, or -1 when memory ran out. */
int image_index(struct image *im);
/* The region that holds addr, or the first one after it; NULL past the last. */
const struct region *image_region(const struct image *im, uint64_t addr);
/* image_at() where the index does not lead. */
uint8_t *image_find(const struct image *im, uint64_t addr, uint64_t len);

/* The copy of len bytes at addr, or NULL where the image has not all of them. */
static inline uint8_t *image_at(const struct image *im, struct raddr addr, uint64_t len)
{
	const struct region *r = &im->regions[im->index[addr.a >> INDEX_SHIFT & (INDEX_SIZE - 1)]];

	if (addr.a >= r->start && addr.a < r->end && len <= r->end - addr.a)
		return r->copy + (addr.a - r->start);
	return image_find(im, addr.a, len);
}

/* The word at an address; 0 where the image has none. */
static inline uint64_t image_word(const struct image *im, uint64_t address)
{
	const uint8_t *p = image_at(im, raddr(address), 8);

	return p ? word_at(p, 0) : 0;
}

#endif
