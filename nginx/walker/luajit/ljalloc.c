#include "luajit/ljalloc.h"
#include "base/page.h"

#include <string.h>

enum {
	/* struct malloc_state of lj_alloc.c */
	MSTATE_SMALLEST = 0x368, MSTATE_LARGEST = 0x370,	/* its chunk, without and with a PRNG */
	MSTATE_SEG = 840,					/* base, size, next */
	MAX_SEGMENTS = 1 << 16,
	/* a block with a mapping of its own */
	IS_DIRECT = 1, CINUSE = 2, FOOT_PAD = 32, FENCE_POST = 11,
	G_ALLOCD = 8, G_ALLOCD_2017 = 24,
	MCAREA_BEFORE_SZALL = 32,				/* mcarea, mctop, mcbot, szmcarea, szallmcarea */
};

static bool read_word(struct image *im, uint64_t addr, uint64_t *to)
{
	const uint8_t *p = image_at(im, raddr(addr), 8);

	if (p)
		memcpy(to, p, 8);
	return p != NULL;
}

bool ljalloc_segments(const struct vm *vm, void (*each)(void *context, uint64_t start, uint64_t end), void *context)
{
	const bool old = vm->layout->objects >= OBJECTS_2017_GC64;
	uint64_t mstate, head, segment;

	if (!read_word(vm->im, vm->g.a + (old ? G_ALLOCD_2017 : G_ALLOCD), &mstate) || !read_word(vm->im, mstate - 8, &head) ||
	    (head & ~UINT64_C(7)) < MSTATE_SMALLEST || (head & ~UINT64_C(7)) > MSTATE_LARGEST)
		return false;
	segment = mstate + MSTATE_SEG;
	for (int n = 0; n < MAX_SEGMENTS && segment; n++) {
		uint64_t base, size, next;

		if (!read_word(vm->im, segment, &base) || !read_word(vm->im, segment + 8, &size) || !read_word(vm->im, segment + 16, &next) ||
		    base % PAGE || size % PAGE)
			return n > 0;
		if (size)
			each(context, base, base + size);
		segment = next;
	}
	return true;
}

uint64_t ljalloc_large_block(struct image *im, uint64_t page, uint64_t limit)
{
	uint64_t foot, head, fence, size;

	if (!read_word(im, page, &foot) || !read_word(im, page + 8, &head) || foot != IS_DIRECT || (head & 7) != CINUSE)
		return 0;
	size = (head & ~UINT64_C(7)) + FOOT_PAD;
	if (size % PAGE || size > limit - page || !read_word(im, page + size - FOOT_PAD + 8, &fence) || fence != FENCE_POST)
		return 0;
	return size;
}

uint64_t ljalloc_first_mcode(const struct vm *vm)
{
	const struct layout *l = vm->layout;
	uint64_t area = 0;

	read_word(vm->im, vm->L.a + l->jit_state + l->szallmcarea - MCAREA_BEFORE_SZALL, &area);
	return area % PAGE ? 0 : area;
}
