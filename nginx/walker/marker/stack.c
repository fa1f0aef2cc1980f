/* The stacks of threads. What only they hold comes after all else. */
#include "marker/marker.h"

/* -- Frames -------------------------------------------------------------- */

/*
** Four-byte frames keep the function in the low half of a slot, under a return address instead of a type. With 8-byte
** references it has a slot of its own, as any other value.
*/
struct frame {
	uint64_t at, bottom;
	int left;			/* frames that are still believed */
};

static struct frame top_frame(const uint8_t *th)
{
	return (struct frame){.at = get_ref(th + TH_BASE) - 8, .bottom = get_ref(th + TH_STACK), .left = GC64 ? 0 : 1 << 16};
}

/* The function of a frame (0: none); the frame becomes the one below. False when there is none left. */
static bool next_frame(struct marker *m, struct frame *f, uint64_t *func)
{
	const uint8_t *slot = f->at > f->bottom && f->left-- > 0 ? at(m, f->at, 8) : NULL, *pc;
	uint32_t link;

	if (!slot)
		return false;
	*func = get_u32(slot);
	link = get_u32(slot + 4);
	if ((link & 3) == 0) {	/* FRAME_LUA: the call instruction before the return address tells the base */
		pc = at(m, (uint64_t)link - 4, 4);
		f->at = pc ? f->at - 8 - 8 * (uint64_t)pc[1] : 0;
	} else {
		f->at -= link & ~UINT32_C(7);
	}
	return true;
}

static const uint8_t *lua_proto(struct marker *m, uint64_t func)
{
	const uint8_t *fn = func ? at(m, func, FUNC_UVPTR) : NULL;

	return fn && fn[O_GCT] == T_FUNC && fn[FUNC_FFID] == 0 ? at(m, get_ref(fn + FUNC_PC) - PROTO_SIZE, PROTO_SIZE) : NULL;
}

const uint8_t *thread_proto(struct marker *m, const uint8_t *th)
{
	struct frame f = top_frame(th);
	uint64_t count, func;
	const uint8_t *stack = thread_stack(m, th, &count), *proto = NULL, *p;

	while (next_frame(m, &f, &func))
		if ((p = lua_proto(m, func)))
			proto = p;
	for (uint64_t i = 0; !proto && stack && i < count; i++)
		if (tv_type(get_u64(stack + i * 8)) == T_FUNC)
			proto = lua_proto(m, tv_ref(get_u64(stack + i * 8)));
	return proto;
}

/* -- Marking ------------------------------------------------------------- */

static void mark_hidden_functions(struct marker *m, const uint8_t *th, uint32_t node)
{
	struct frame f = top_frame(th);
	uint64_t func;

	while (next_frame(m, &f, &func))
		if (func)
			mark_object(m, func, node);
}

void mark_stacks(struct marker *m)
{
	struct objects threads = m->threads;

	memset(&m->threads, 0, sizeof(m->threads));
	m->late = true;
	if (!order_objects(m, &threads))
		threads.count = 0;
	for (size_t i = 0; i < threads.count && !m->failed; i++) {
		uint64_t count;
		const uint8_t *stack = thread_stack(m, threads.list[i], &count);
		uint32_t node = child(m, path_of(m, threads.list[i]), m->steps.stack);

		m->from = m->out->want_retained ? scratch_of(threads.list[i]) : 0;
		if (count && !stack)
			fail(m, "stack outside the heap");
		for (uint64_t k = 0; stack && k < count; k++)
			mark_tv(m, get_u64(stack + k * 8), node);
		mark_hidden_functions(m, threads.list[i], node);
	}
	m->from = 0;
	m->late = false;
	free(threads.list);
}
