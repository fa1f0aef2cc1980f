/*
** Reading the copy of a VM's heap: tables, functions and threads, as lj_obj.h has them. Each function is static, so that
** every file that includes this has its own, for the variant of object.h that it is compiled for.
*/
#ifndef HW_HEAP_H
#define HW_HEAP_H

#include "luajit/vm.h"
#include "luajit/object.h"

enum {
	FR2 = GC64 ? 1 : 0,	/* LJ_FR2: frame info takes two slots */
	MM_INDEX = 0, MM_GC = 2, MM_MODE = 3,	/* indices in gcroot of the names of metamethods */
};

/* The copy of len bytes at an address; NULL where the image has not all of them. */
static inline uint8_t *heap_at(const struct vm *vm, uint64_t addr, uint64_t len)
{
	return image_at(vm->im, raddr(addr), len);
}

/* The copy of the global_State up to its last root; NULL where it is not in the image. */
static inline const uint8_t *heap_global_state(const struct vm *vm)
{
	return heap_at(vm, vm->g.a, vm->layout->gcroot + (uint64_t)vm->layout->gcroot_max * REF);
}

static inline bool heap_is_object(const uint8_t *p)
{
	return p && p[O_GCT] >= T_STR && p[O_GCT] <= T_UDATA;
}

/* Both white bits are never set in a heap at rest, so together they say that this reader has reached the object. */
static inline bool heap_is_marked(const uint8_t *p)
{
	return (get_marked(p) & MARK_WHITES) == MARK_WHITES;
}

/* -- Tables -------------------------------------------------------------- */

static inline uint8_t *heap_array(const struct vm *vm, const uint8_t *t, uint32_t *asize)
{
	*asize = get_u32(t + TAB_ASIZE);
	return *asize ? heap_at(vm, get_ref(t + TAB_ARRAY), (uint64_t)*asize * 8) : NULL;
}

/* How many nodes the hash part has; none where it has its one empty node. */
static inline uint64_t heap_hash_slots(const uint8_t *t)
{
	const uint64_t hmask = get_u32(t + TAB_HMASK);

	return hmask ? hmask + 1 : 0;
}

/* The nodes of the hash part; none where it has its one empty node, which is nilnode. */
static inline uint8_t *heap_nodes(const struct vm *vm, const uint8_t *t, uint32_t *count)
{
	uint32_t hmask = get_u32(t + TAB_HMASK);

	*count = hmask ? hmask + 1 : 0;
	return hmask ? heap_at(vm, get_ref(t + TAB_NODE), ((uint64_t)hmask + 1) * NODE_SIZE) : NULL;
}

/* lj_tab_getstr: the value under the string at `name`, or TV_NIL. */
static inline uint64_t heap_tab_getstr(const struct vm *vm, const uint8_t *t, uint64_t name)
{
	uint32_t hmask = get_u32(t + TAB_HMASK);
	const uint8_t *nodes = heap_at(vm, get_ref(t + TAB_NODE), ((uint64_t)hmask + 1) * NODE_SIZE);

	for (uint64_t i = 0; nodes && name && i <= hmask; i++) {
		uint64_t key = get_u64(nodes + i * NODE_SIZE + NODE_KEY);

		if (tv_type(key) == T_STR && tv_ref(key) == name)
			return get_u64(nodes + i * NODE_SIZE + NODE_VAL);
	}
	return TV_NIL;
}

/* -- Functions, threads, light userdata ---------------------------------- */

/* The object of that kind at an address; NULL where there is none. Of kinds that functions store into or take from. */
static inline const uint8_t *heap_object_at(const struct vm *vm, uint64_t address, uint8_t kind)
{
	const uint64_t size = kind == T_TAB ? TAB_SIZE : kind == T_FUNC ? FUNC_UVPTR : kind == T_UPVAL ? UPVAL_SIZE : CDATA_SIZE;
	const uint8_t *p = address ? heap_at(vm, address, size) : NULL;

	return p && p[O_GCT] == kind ? p : NULL;
}

/* The object that a value is; NULL where it is none. */
static inline const uint8_t *heap_object_of(const struct vm *vm, uint64_t tv)
{
	return tv_is_gcv(tv_type(tv)) ? heap_object_at(vm, tv_ref(tv), (uint8_t)tv_type(tv)) : NULL;
}

/* A metamethod of that number (lj_obj.h), if it is an object. */
static inline const uint8_t *heap_metamethod(const struct vm *vm, uint64_t metatable, unsigned name)
{
	const uint8_t *g = heap_global_state(vm), *mt = heap_object_at(vm, metatable, T_TAB);

	return g && mt ? heap_object_of(vm, heap_tab_getstr(vm, mt, get_ref(g + vm->layout->gcroot + name * REF))) : NULL;
}

/* The prototype of the Lua function at an address; NULL where there is no such function. */
static inline const uint8_t *heap_func_proto(const struct vm *vm, uint64_t addr)
{
	const uint8_t *fn = addr ? heap_at(vm, addr, FUNC_UVPTR) : NULL;

	return fn && fn[O_GCT] == T_FUNC && fn[FUNC_FFID] == 0 ? heap_at(vm, get_ref(fn + FUNC_PC) - PROTO_SIZE, PROTO_SIZE) : NULL;
}

/* The slots of a thread's stack that are in use; NULL where there are none, or they are not in the image. */
static inline const uint8_t *heap_stack(const struct vm *vm, const uint8_t *th, uint64_t *count)
{
	uint64_t bottom = get_ref(th + TH_STACK) + 8 * (1 + FR2);
	uint64_t top = get_ref(th + TH_TOP);

	*count = top > bottom ? (top - bottom) / 8 : 0;
	return *count && *count <= get_u32(th + TH_STACKSIZE) ? heap_at(vm, bottom, *count * 8) : NULL;
}

/* The address in a light userdata. */
static inline uint64_t heap_lightud(const struct vm *vm, uint64_t tv)
{
	const uint8_t *g = heap_at(vm, vm->g.a, G_NILNODE);
	uint64_t seg = tv >> 39 & 0xff;
	const uint8_t *map;

	if (OLD && !vm->layout->patched_2017)
		return tv & ((UINT64_C(1) << 47) - 1);
	map = g && seg != 0xff ? heap_at(vm, get_ref(g + (OLD ? 88 : G_LIGHTUDSEG)) + seg * 4, 4) : NULL;
	return map ? (uint64_t)get_u32(map) << 32 | (tv & ((UINT64_C(1) << 39) - 1)) : 0;
}

#endif
