/*
** Fetching ahead: what is read soon is on its way into the cache while other objects are looked at. Static, for the
** variant of object.h that the including file is compiled for.
*/
#ifndef HW_AHEAD_H
#define HW_AHEAD_H

#include "luajit/heap.h"

enum {
	AHEAD = 12,			/* how many objects, or slots of a table, ahead one is fetched */
	AHEAD_PARTS = 8, AHEAD_CHILDREN = 4, FIRST_SLOTS = 4,
};

static inline void ahead_object(const uint8_t *p)
{
	__builtin_prefetch(p, 1);
	__builtin_prefetch(p + CACHE_LINE / 2, 1);	/* most begin in the middle of a line */
}

static inline void ahead_ref(const struct vm *vm, uint64_t addr)
{
	const uint8_t *p = addr ? heap_at(vm, addr, CDATA_SIZE) : NULL;

	if (p)
		ahead_object(p);
}

/* For a loop over addresses of objects, at one of them. */
static inline void ahead_address(const struct vm *vm, const struct addr_list *l, size_t i)
{
	if (i + AHEAD < l->count)
		ahead_ref(vm, l->list[i + AHEAD]);
}

static inline void ahead_value(const struct vm *vm, uint64_t tv)
{
	const uint32_t type = tv_type(tv);
	const uint8_t *p = tv_is_gcv(type) ? heap_at(vm, tv_ref(tv), CDATA_SIZE) : NULL;

	if (!p)
		return;
	ahead_object(p);
	if (type == T_THREAD)
		__builtin_prefetch(p + TH_STACKSIZE);	/* its size is to be known, and it is the longest header */
}

/* What of an object lies elsewhere; its header is in the cache. */
static inline void ahead_parts(const struct vm *vm, const uint8_t *p)
{
	if (p[O_GCT] == T_TAB) {
		ahead_ref(vm, get_u32(p + TAB_ASIZE) ? get_ref(p + TAB_ARRAY) : 0);
		ahead_ref(vm, get_u32(p + TAB_HMASK) ? get_ref(p + TAB_NODE) : 0);
	} else if (p[O_GCT] == T_THREAD) {
		ahead_ref(vm, get_ref(p + TH_STACK));
	}
}

/* What a small object refers to first; a large one is fetched ahead by its own traversal. */
static inline void ahead_children(const struct vm *vm, const uint8_t *p)
{
	if (p[O_GCT] == T_TAB) {
		uint32_t asize, count;
		const uint8_t *array = heap_array(vm, p, &asize), *nodes = heap_nodes(vm, p, &count);

		for (uint32_t i = 0; array && i < asize && i < FIRST_SLOTS; i++)
			ahead_value(vm, get_u64(array + (uint64_t)i * 8));
		for (uint32_t i = 0; nodes && i < count && i < FIRST_SLOTS / 2; i++) {
			ahead_value(vm, get_u64(nodes + (uint64_t)i * NODE_SIZE + NODE_VAL));
			ahead_value(vm, get_u64(nodes + (uint64_t)i * NODE_SIZE + NODE_KEY));
		}
	} else if (p[O_GCT] == T_FUNC && p[FUNC_FFID] == 0) {
		for (uint32_t i = 0; i < p[FUNC_NUPVALUES] && i < FIRST_SLOTS; i++)
			ahead_ref(vm, get_ref(p + FUNC_UVPTR + i * REF));
	} else if (p[O_GCT] == T_THREAD) {
		uint64_t count;
		const uint8_t *stack = heap_stack(vm, p, &count);

		for (uint64_t i = 0; stack && i < count && i < FIRST_SLOTS; i++)
			ahead_value(vm, get_u64(stack + i * 8));
	}
}

/* For a loop over objects, at its first of `count`. */
static inline void ahead_list(const struct vm *vm, uint8_t *const *list, size_t count)
{
	if (count > AHEAD)
		ahead_object(list[AHEAD]);
	if (count > AHEAD_PARTS)
		ahead_parts(vm, list[AHEAD_PARTS]);
	if (count > AHEAD_CHILDREN)
		ahead_children(vm, list[AHEAD_CHILDREN]);
}

#endif
