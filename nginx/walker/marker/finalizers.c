#include "marker/finalizers.h"

#include <stdlib.h>

enum {
	FFI_FIN = 38,		/* index in gcroot, where there is one so high */
	CTS_FINALIZER = 32,	/* in CTState, where there is none */
	FF_C = 1,		/* ffid of a function from outside; above: LuaJIT's own */
};

/* The table of ffi.gc(): cdata to finalizer. NULL where the FFI was never used. */
static const uint8_t *finalizer_table(const struct vm *vm)
{
	const struct layout *l = vm->layout;
	const uint8_t *g = heap_global_state(vm), *cts, *t;
	uint64_t ref;

	if (l->gcroot_max > FFI_FIN) {
		ref = get_ref(g + l->gcroot + FFI_FIN * REF);
	} else {
		cts = get_ref(g + l->ctype_state) ? heap_at(vm, get_ref(g + l->ctype_state), CTS_FINALIZER + 8) : NULL;
		ref = cts ? get_u64(cts + CTS_FINALIZER) : 0;
	}
	t = ref ? heap_at(vm, ref, TAB_SIZE) : NULL;
	return t && t[O_GCT] == T_TAB ? t : NULL;
}

/* All closures of one function are one finalizer, and so are all wrappers of one C function. */
static struct finalizer value_finalizer(const struct vm *vm, uint64_t tv)
{
	struct finalizer f = {.type = tv_type(tv), .address = tv_is_gcv(tv_type(tv)) ? tv_ref(tv) : 0};
	const uint8_t *fn = f.type == T_FUNC ? heap_at(vm, f.address, FUNC_UVPTR) : NULL;

	if (!fn || fn[O_GCT] != T_FUNC)
		return f;
	if (fn[FUNC_FFID] == 0)
		return (struct finalizer){T_PROTO, get_ref(fn + FUNC_PC) - PROTO_SIZE};
	if (fn[FUNC_FFID] == FF_C && (fn = heap_at(vm, f.address, FUNC_C_UPVALUE)))
		return (struct finalizer){T_LIGHTUD, get_u64(fn + FUNC_C_F)};
	return f;
}

/* The finalizer of one entry, 0 for none. Neighbours mostly have the same. False when memory ran out. */
static bool entry_finalizer(struct cdata_kinds *k, const struct vm *vm, const uint8_t *n, uint64_t *last, uint32_t *last_id, uint32_t *id)
{
	uint64_t val = get_u64(n + NODE_VAL);

	*id = 0;
	if (tv_type(get_u64(n + NODE_KEY)) != T_CDATA || tv_type(val) == T_NIL)
		return true;
	if (val != *last) {
		*last = val;
		*last_id = cdata_finalizer(k, value_finalizer(vm, val));
	}
	*id = *last_id;
	return *id != 0;
}

static uint32_t most_frequent(const uint32_t *ids, uint32_t count, size_t nfinalizers)
{
	uint32_t *times = calloc(nfinalizers + 1, sizeof(*times)), most = 0;

	for (uint32_t i = 0; times && i < count; i++)
		if (ids[i] && ++times[ids[i]] > times[most])
			most = ids[i];
	free(times);
	return most;
}

/* What frees most of them need not be looked up: a cdata says itself whether it has a finalizer. */
static bool read_entries(struct cdata_kinds *k, const struct vm *vm, const uint8_t *nodes, uint32_t count, uint32_t *ids)
{
	uint64_t last = TV_NIL;
	uint32_t last_id = 0;

	for (uint32_t i = 0; i < count; i++)
		if (!entry_finalizer(k, vm, nodes + (uint64_t)i * NODE_SIZE, &last, &last_id, &ids[i]))
			return false;
	k->usual_finalizer = most_frequent(ids, count, k->nfinalizers);
	for (uint32_t i = 0; i < count; i++)
		if (ids[i] && ids[i] != k->usual_finalizer &&
		    !pair_map_put(&k->finalizer_of, tv_ref(get_u64(nodes + (uint64_t)i * NODE_SIZE + NODE_KEY)), 0, ids[i]))
			return false;
	return true;
}

bool finalizers_read(struct cdata_kinds *k, const struct vm *vm)
{
	const uint8_t *t, *nodes;
	uint32_t count = 0, *ids;
	bool ok;

	if (k->has_finalizers)
		return true;
	k->has_finalizers = true;
	t = finalizer_table(vm);
	nodes = t ? heap_nodes(vm, t, &count) : NULL;
	if (!nodes)
		return true;
	ids = malloc((size_t)count * sizeof(*ids));
	ok = ids && read_entries(k, vm, nodes, count, ids);
	free(ids);
	return ok;
}

bool finalizers_find(struct cdata_kinds *k, const struct vm *vm, const uint8_t *cd, uint64_t addr, uint32_t *id)
{
	*id = 0;
	if (!(get_marked(cd) & MARK_CDATA_FIN))
		return true;
	if (!finalizers_read(k, vm))
		return false;
	*id = pair_map_get(&k->finalizer_of, addr, 0);
	if (*id == NO_VALUE)
		*id = k->usual_finalizer;
	return true;
}
