#include "marker/cdata-names.h"
#include "luajit/ctype.h"
#include "luajit/source.h"

#include <stdio.h>
#include <stdlib.h>

enum { CT_FUNC = 6 };	/* lj_ctype.h */

/* What the names are taken from. */
struct naming {
	struct vm *vm;
	struct ctypes ctypes;
	const struct cdata_kinds *all;	/* that has the finalizers */
	name_address_fn name_address;
	void *context;
	uint32_t *types, *finalizers;	/* steps of those that were named already; NO_STEP: not yet */
};

static size_t c_function(const struct naming *n, uint64_t address, char *to, size_t room)
{
	char symbol[128];

	if (address && n->name_address && n->name_address(n->context, address, symbol, sizeof(symbol)))
		return (size_t)snprintf(to, room, "C function %.120s", symbol);
	return (size_t)snprintf(to, room, "a C function");
}

/* ffi.C.free is a cdata whose type is the declaration of free(), with its name; a function pointer has an address only. */
static size_t cdata_text(struct naming *n, uint64_t address, char *to, size_t room)
{
	const uint8_t *cd = heap_at(n->vm, address, CDATA_SIZE + 8), *ct, *name;
	char type[CTYPE_NAME];

	if (!cd || cd[O_GCT] != T_CDATA)
		return (size_t)snprintf(to, room, "?");
	ct = ctype_at(&n->ctypes, get_u16(cd + CDATA_CTYPEID));
	if (ct && get_u32(ct) >> 28 == CT_FUNC) {
		size_t length;

		name = ctype_own_name(&n->ctypes, ct, &length);
		if (name)
			return (size_t)snprintf(to, room, "C function %.*s", (int)length, (const char *)name);
		return c_function(n, get_u64(cd + CDATA_SIZE), to, room);
	}
	ctype_name(&n->ctypes, get_u16(cd + CDATA_CTYPEID), type);
	if (strstr(type, "(*)("))
		return c_function(n, get_u64(cd + CDATA_SIZE), to, room);
	return (size_t)snprintf(to, room, "a %s", type);
}

static size_t finalizer_text(struct naming *n, struct finalizer f, char *to, size_t room)
{
	const uint8_t *proto;

	switch (f.type) {
	case T_PROTO:
		proto = heap_at(n->vm, f.address, PROTO_SIZE);
		if (proto && proto[O_GCT] == T_PROTO)
			return source_text(n->vm, proto, to, room);
		return (size_t)snprintf(to, room, "?");
	case T_LIGHTUD: return c_function(n, f.address, to, room);
	case T_FUNC: return (size_t)snprintf(to, room, "a function of LuaJIT's");
	case T_CDATA: return cdata_text(n, f.address, to, room);
	default: return (size_t)snprintf(to, room, "a %s", f.type >= T_STR && f.type <= T_UDATA ? vm_type_names[f.type - T_STR] : "value");
	}
}

/* Lists of `count` steps and one more, none of which is named. */
static uint32_t *no_names(size_t count)
{
	uint32_t *list = malloc((count + 1) * sizeof(*list));

	if (list)
		memset(list, 0xff, (count + 1) * sizeof(*list));
	return list;
}

/* The name of a CTypeID, or of what is no cdata. */
static uint32_t type_step(struct naming *n, struct trie *names, uint32_t type)
{
	uint32_t *step = &n->types[type < n->ctypes.top ? type : n->ctypes.top];
	char text[CTYPE_NAME];

	if (type == KIND_USERDATA)
		return trie_step(names, "userdata", 8);
	if (*step == NO_STEP)
		*step = trie_step(names, text, ctype_name(&n->ctypes, type, text));
	return *step;
}

/* The name of what frees a cdata; NO_STEP for none. */
static uint32_t finalizer_step(struct naming *n, struct trie *names, uint32_t finalizer)
{
	uint32_t *step;
	char text[1024];

	if (finalizer == KIND_METAMETHOD)
		return trie_step(names, "__gc", 4);
	if (finalizer == 0)
		return NO_STEP;
	step = &n->finalizers[finalizer];
	if (*step == NO_STEP)
		*step = trie_step(names, text, finalizer_text(n, n->all->finalizers[finalizer - 1], text, sizeof(text)));
	return *step;
}

bool cdata_names_give(struct cdata_kinds *k, const struct cdata_kinds *all, struct vm *vm, name_address_fn name_address, void *context)
{
	struct naming n = {.vm = vm, .all = all, .name_address = name_address, .context = context};
	bool ok;

	if (k->count == 0)
		return true;
	ctypes_open(&n.ctypes, vm);
	n.types = no_names(n.ctypes.top);
	n.finalizers = no_names(all->nfinalizers);
	ok = n.types && n.finalizers;
	for (size_t i = 0; ok && i < k->count; i++) {
		struct cdata_kind *kind = &k->list[i];

		kind->type = type_step(&n, &k->names, kind->type);
		kind->finalizer = finalizer_step(&n, &k->names, kind->finalizer);
	}
	free(n.types);
	free(n.finalizers);
	ctypes_close(&n.ctypes);
	return ok && !k->names.failed;
}
