#include "image/image-parts.h"
#include "base/search.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* -- Regions ------------------------------------------------------------- */

/* Heaps are private, writable and anonymous. The brk heap counts too: a LuaJIT built on the system's malloc is there. */
static bool mapping_is_heap(const struct mapping *m)
{
	if (!m->readable || !m->writable || m->shared || m->inode != 0)
		return false;
	return m->path[0] == '\0' || strcmp(m->path, "[heap]") == 0 || strncmp(m->path, "[anon", 5) == 0;
}

/* Neighbours in the target stay neighbours in the copy, so that an object across two mappings is one range. */
size_t image_layout(struct image *im, const struct maps *maps)
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

/* -- Finding ------------------------------------------------------------- */

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

static bool region_ends_by(const void *region, uint64_t addr)
{
	return ((const struct region *)region)->end <= addr;
}

const struct region *image_region(const struct image *im, uint64_t addr)
{
	const size_t i = search_first(im->regions, im->nregions, sizeof(*im->regions), region_ends_by, addr);

	return i < im->nregions ? &im->regions[i] : NULL;
}

uint8_t *image_find(const struct image *im, uint64_t addr, uint64_t len)
{
	const struct region *r = image_region(im, addr);

	if (!r || addr < r->start || len > r->end - addr)
		return NULL;
	return r->copy + (addr - r->start);
}

void image_free(struct image *im)
{
	free(im->index);
	if (im->arena)
		munmap(im->arena, im->arena_size);
	free(im->regions);
	memset(im, 0, sizeof(*im));
}
