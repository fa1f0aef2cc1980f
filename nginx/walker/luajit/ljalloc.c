#include "luajit/ljalloc.h"
#include "base/page.h"

#include <string.h>

enum {
	/* struct malloc_state of lj_alloc.c */
	MSTATE_SMALLEST = 0x368, MSTATE_LARGEST = 0x370,	/* its chunk, without and with a PRNG */
	MSTATE_TOPSIZE = 16, MSTATE_TOP = 32,
	MSTATE_SEG = 840,					/* base, size, next */
	MAX_SEGMENTS = 1 << 16,
	/* flags of a chunk's head: the one before is in use, it is itself; what ends a segment that the top has left */
	PINUSE = 1, CINUSE = 2, FENCE_POST = 11,
	MIN_CHUNK = 32,
	/* a block with a mapping of its own */
	IS_DIRECT = 1, FOOT_PAD = 32,
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

static uint64_t chunk_size(uint64_t head)
{
	return head & ~UINT64_C(7);
}

/* Where the VM's malloc_state is; 0 where it uses another allocator. */
static uint64_t find_mstate(const struct vm *vm)
{
	const bool old = vm->layout->objects >= OBJECTS_2017_GC64;
	uint64_t mstate, head;

	if (!read_word(vm->im, vm->g.a + (old ? G_ALLOCD_2017 : G_ALLOCD), &mstate) || !read_word(vm->im, mstate - 8, &head) ||
	    chunk_size(head) < MSTATE_SMALLEST || chunk_size(head) > MSTATE_LARGEST)
		return 0;
	return mstate;
}

bool ljalloc_segments(const struct vm *vm, void (*each)(void *context, uint64_t start, uint64_t end), void *context)
{
	const uint64_t mstate = find_mstate(vm);
	uint64_t segment;

	if (!mstate)
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

/* -- What is free in the segments ----------------------------------------- */

struct walk {
	struct image *im;
	struct ljalloc_sizes *to;
	uint64_t top, top_size;
	bool failed;
};

/* A chunk's head says whether the one before it is in use, so that each is told twice. */
static void walk_segment(void *context, uint64_t start, uint64_t end)
{
	struct walk *w = context;
	bool before_used = true;
	uint64_t at = start, head;

	w->to->segments.objects++;
	w->to->segments.bytes += end - start;
	if (w->to->segments.bytes > w->im->mapped)
		w->failed = true;	/* a damaged list, which may lead to the same memory again and again */
	if (w->failed)
		return;
	for (; at != w->top && read_word(w->im, at + 8, &head) && head != FENCE_POST; at += chunk_size(head)) {
		const uint64_t size = chunk_size(head);

		if (size < MIN_CHUNK || size > end - at || !(head & PINUSE) == before_used) {
			w->failed = true;
			return;
		}
		before_used = head & CINUSE;
		if (before_used) {
			w->to->used.objects++;
			w->to->used.bytes += size;
		} else {
			free_chunks_count(&w->to->free, size);
		}
	}
	if (at == w->top) {
		w->to->free.top = w->top_size;
		free_chunks_count(&w->to->free, w->top_size);
		at += w->top_size;
	} else if (head != FENCE_POST) {
		w->failed = true;
	}
	if (at > end)
		w->failed = true;
	else
		w->to->overhead += end - at;
}

bool ljalloc_sizes_read(const struct vm *vm, struct ljalloc_sizes *to)
{
	const uint64_t mstate = find_mstate(vm);
	struct walk w = {.im = vm->im, .to = to};

	memset(to, 0, sizeof(*to));
	return mstate && read_word(vm->im, mstate + MSTATE_TOP, &w.top) && read_word(vm->im, mstate + MSTATE_TOPSIZE, &w.top_size) &&
	       ljalloc_segments(vm, walk_segment, &w) && !w.failed;
}

uint64_t ljalloc_large_block(struct image *im, uint64_t page, uint64_t limit)
{
	uint64_t foot, head, fence, size;

	if (!read_word(im, page, &foot) || !read_word(im, page + 8, &head) || foot != IS_DIRECT || (head & 7) != CINUSE)
		return 0;
	size = chunk_size(head) + FOOT_PAD;
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
