/* The frames on a thread's stack. Static, for the variant of object.h that the including file is compiled for. */
#ifndef HW_FRAMES_H
#define HW_FRAMES_H

#include "luajit/heap.h"

enum { MOST_FRAMES = 1 << 16 };

/*
** Four-byte frames keep the function in the low half of a slot, under a return address instead of a type. With 8-byte
** references it has a slot of its own, as any other value, and no frames need to be walked.
*/
struct frame {
	uint64_t at, bottom;
	int left;	/* frames that are still believed: a damaged stack could go round */
};

static inline struct frame frame_top(const uint8_t *th)
{
	return (struct frame){.at = get_ref(th + TH_BASE) - 8, .bottom = get_ref(th + TH_STACK), .left = GC64 ? 0 : MOST_FRAMES};
}

/* The function of a frame (0: none); the frame becomes the one below. False when there is none left. */
static inline bool frame_next(const struct vm *vm, struct frame *f, uint64_t *func)
{
	const uint8_t *slot = f->at > f->bottom && f->left-- > 0 ? heap_at(vm, f->at, 8) : NULL, *pc;
	uint32_t link;

	if (!slot)
		return false;
	*func = get_u32(slot);
	link = get_u32(slot + 4);
	if ((link & 3) == 0) {	/* FRAME_LUA: the call instruction before the return address tells the base */
		pc = heap_at(vm, (uint64_t)link - 4, 4);
		f->at = pc ? f->at - 8 - 8 * (uint64_t)pc[1] : 0;
	} else {
		f->at -= link & ~UINT32_C(7);
	}
	return true;
}

/* The prototype of the first Lua function on a thread's stack, or NULL. */
static inline const uint8_t *frame_first_proto(const struct vm *vm, const uint8_t *th)
{
	struct frame f = frame_top(th);
	uint64_t count, func;
	const uint8_t *stack = heap_stack(vm, th, &count), *proto = NULL, *p;

	while (frame_next(vm, &f, &func))
		if ((p = heap_func_proto(vm, func)))
			proto = p;
	for (uint64_t i = 0; !proto && stack && i < count; i++)
		if (tv_type(get_u64(stack + i * 8)) == T_FUNC)
			proto = heap_func_proto(vm, tv_ref(get_u64(stack + i * 8)));
	return proto;
}

#endif
