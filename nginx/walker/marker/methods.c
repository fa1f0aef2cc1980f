/*
** Which code a table's metatable makes its class. Methods are looked for where Lua does: in the table that is __index,
** then in the metatable itself, then in what that table inherits from.
*/
#include "marker/methods.h"
#include "base/list.h"

#include <stdlib.h>

enum {
	INHERITED = 8,		/* links of inheritance that are followed: a damaged heap could have a ring */
	CLASS_SLOTS = 4096,	/* a table with more is data: nobody writes so many methods */
};

/* The prototype of a function that was written in Lua, outside of LuaJIT itself. */
static const uint8_t *method_proto(const struct vm *vm, uint64_t tv)
{
	const uint8_t *pt = tv_type(tv) == T_FUNC ? heap_func_proto(vm, tv_ref(tv)) : NULL;

	return pt && pt[O_GCT] == T_PROTO && get_u32(pt + PROTO_FIRSTLINE) != ~UINT32_C(0) ? pt : NULL;
}

/* What the functions in a table say; false where it has none. */
static bool read_methods(const struct vm *vm, const uint8_t *t, struct class *c)
{
	uint32_t count, found = 0;
	const uint8_t *nodes = heap_nodes(vm, t, &count);

	*c = (struct class){0};
	for (uint32_t i = 0; nodes && count <= CLASS_SLOTS && i < count; i++) {
		const uint8_t *pt = method_proto(vm, get_u64(nodes + (uint64_t)i * NODE_SIZE + NODE_VAL));
		uint32_t line = pt ? get_u32(pt + PROTO_FIRSTLINE) : 0;

		if (!pt)
			continue;
		if (found++ == 0)
			c->file = get_ref(pt + PROTO_CHUNKNAME);
		else if (c->file != get_ref(pt + PROTO_CHUNKNAME))
			c->file = 0;
		if (!c->proto || line < c->line) {
			c->line = line;
			c->proto = pt;
		}
	}
	return found > 0;
}

/* The global table as __index makes an environment, not a class. */
static const uint8_t *index_table(const struct vm *vm, const uint8_t *mt)
{
	const uint8_t *L = heap_at(vm, vm->L.a, TH_STACKSIZE + 8), *t;
	const uint8_t *g = heap_global_state(vm);
	uint64_t index = g ? heap_tab_getstr(vm, mt, get_ref(g + vm->layout->gcroot + MM_INDEX * REF)) : TV_NIL;

	if (tv_type(index) != T_TAB || (L && tv_ref(index) == get_ref(L + TH_ENV)))
		return NULL;
	t = heap_at(vm, tv_ref(index), TAB_SIZE);
	return t && t[O_GCT] == T_TAB ? t : NULL;
}

static bool read_class(const struct vm *vm, uint64_t metatable, struct class *c)
{
	for (int i = 0; i < INHERITED && metatable; i++) {
		const uint8_t *mt = heap_at(vm, metatable, TAB_SIZE), *index;

		if (!mt || mt[O_GCT] != T_TAB)
			return false;
		index = index_table(vm, mt);
		if ((index && read_methods(vm, index, c)) || read_methods(vm, mt, c))
			return c->file != 0;
		metatable = index ? get_ref(index + TAB_METATABLE) : 0;
	}
	return false;
}

/* 1 + the index of a class; 0 when memory ran out. Metatables that are made for each object have it in common. */
static uint32_t keep_class(struct classes *k, struct class c)
{
	const uint64_t proto = (uint64_t)(uintptr_t)c.proto;
	uint32_t id = pair_map_get(&k->of_method, proto, 0);
	struct class *kept;

	if (id != NO_VALUE)
		return id;
	kept = malloc(sizeof(*kept));
	if (!kept || !LIST_HAS_ROOM(k->list, k->count, k->room) || !pair_map_put(&k->of_method, proto, 0, (uint32_t)k->count + 1)) {
		free(kept);
		return 0;
	}
	*kept = c;
	k->list[k->count++] = kept;
	return (uint32_t)k->count;
}

bool methods_class(struct classes *k, const struct vm *vm, uint64_t metatable, uint32_t *id)
{
	struct class c;

	*id = pair_map_get(&k->of_metatable, metatable, 0);
	if (*id != NO_VALUE)
		return true;
	*id = 0;
	if (read_class(vm, metatable, &c) && !(*id = keep_class(k, c)))
		return false;
	return pair_map_put(&k->of_metatable, metatable, 0, *id);
}
