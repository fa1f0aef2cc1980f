/* Cdata: of which C type they are, and what frees them. */
#include "marker/marker.h"
#include "luajit/ctype.h"
#include "luajit/source.h"

#define source_text VARIANT(source_text)

enum {
	FFI_FIN = 38,		/* index in gcroot, where there is one so high */
	CTS_FINALIZER = 32,	/* in CTState, where there is none */
	CT_FUNC = 6,		/* lj_ctype.h */
	FF_C = 1,		/* ffid of a function from outside; above: LuaJIT's own */
};

/* -- Finalizers ---------------------------------------------------------- */

/* The table of ffi.gc(): cdata to finalizer. NULL where the FFI was never used. */
static const uint8_t *finalizer_table(struct marker *m)
{
	const struct layout *l = m->vm->layout;
	const uint8_t *g = at(m, m->vm->g.a, l->gcroot + (uint64_t)l->gcroot_max * REF), *cts, *t;
	uint64_t ref;

	if (l->gcroot_max > FFI_FIN) {
		ref = get_ref(g + l->gcroot + FFI_FIN * REF);
	} else {
		cts = get_ref(g + l->ctype_state) ? at(m, get_ref(g + l->ctype_state), CTS_FINALIZER + 8) : NULL;
		ref = cts ? get_u64(cts + CTS_FINALIZER) : 0;
	}
	t = ref ? at(m, ref, TAB_SIZE) : NULL;
	return t && t[O_GCT] == T_TAB ? t : NULL;
}

/* All closures of one function are one finalizer, and so are all wrappers of one C function. */
static struct finalizer finalizer_of_value(struct marker *m, uint64_t tv)
{
	struct finalizer f = {.type = tv_type(tv), .address = tv_is_gcv(tv_type(tv)) ? tv_ref(tv) : 0};
	const uint8_t *fn = f.type == T_FUNC ? at(m, f.address, FUNC_UVPTR) : NULL;

	if (!fn || fn[O_GCT] != T_FUNC)
		return f;
	if (fn[FUNC_FFID] == 0)
		return (struct finalizer){T_PROTO, get_ref(fn + FUNC_PC) - PROTO_SIZE};
	if (fn[FUNC_FFID] == FF_C && (fn = at(m, f.address, FUNC_C_UPVALUE)))
		return (struct finalizer){T_LIGHTUD, get_u64(fn + FUNC_C_F)};
	return f;
}

/* The finalizer of one entry, 0 for none. Neighbours mostly have the same. */
static uint32_t entry_finalizer(struct marker *m, const uint8_t *n, uint64_t *last, uint32_t *id)
{
	uint64_t val = get_u64(n + NODE_VAL);

	if (tv_type(get_u64(n + NODE_KEY)) != T_CDATA || tv_type(val) == T_NIL)
		return 0;
	if (val != *last) {
		*last = val;
		*id = cdata_finalizer(&m->out->cdata, finalizer_of_value(m, val));
		if (*id == 0)
			fail(m, "out of memory");
	}
	return *id;
}

static uint32_t most_frequent(const uint32_t *ids, uint32_t count, uint32_t nfinalizers)
{
	uint32_t *times = calloc((size_t)nfinalizers + 1, sizeof(*times)), most = 0;

	for (uint32_t i = 0; times && i < count; i++)
		if (ids[i] && ++times[ids[i]] > times[most])
			most = ids[i];
	free(times);
	return most;
}

/* What frees most of them need not be looked up: a cdata says itself whether it has a finalizer. */
void read_finalizers(struct marker *m)
{
	struct cdata_kinds *k = &m->out->cdata;
	const uint8_t *t = finalizer_table(m), *nodes;
	uint32_t count = 0, id = 0, *ids;
	uint64_t last = TV_NIL;

	if (k->finalizers_read)
		return;
	k->finalizers_read = true;
	nodes = t ? tab_nodes(m, t, &count) : NULL;
	if (!nodes)
		return;
	ids = malloc((size_t)count * sizeof(*ids));
	if (!ids) {
		fail(m, "out of memory");
		return;
	}
	for (uint32_t i = 0; i < count && !m->failed; i++)
		ids[i] = entry_finalizer(m, nodes + (uint64_t)i * NODE_SIZE, &last, &id);
	if (!m->failed)
		k->usual_finalizer = most_frequent(ids, count, k->nfinalizers);
	for (uint32_t i = 0; i < count && !m->failed; i++)
		if (ids[i] && ids[i] != k->usual_finalizer &&
		    !pair_map_put(&k->finalizer_of, tv_ref(get_u64(nodes + (uint64_t)i * NODE_SIZE + NODE_KEY)), 0, ids[i]))
			fail(m, "out of memory");
	free(ids);
}

uint32_t cdata_finalizer_of(struct marker *m, const uint8_t *cd, uint64_t addr)
{
	const struct cdata_kinds *k = &m->out->cdata;
	uint32_t finalizer;

	if (!(get_marked(cd) & MARK_CDATA_FIN))
		return 0;
	read_finalizers(m);
	finalizer = pair_map_get(&k->finalizer_of, addr, 0);
	return finalizer == NO_VALUE ? k->usual_finalizer : finalizer;
}

void count_cdata(struct marker *m, const uint8_t *cd, uint64_t addr, uint32_t node, int64_t sign)
{
	const uint32_t finalizer = cdata_finalizer_of(m, cd, addr);

	if (!cdata_count(&m->out->cdata, node, get_u16(cd + CDATA_CTYPEID), finalizer, sign))
		fail(m, "out of memory");
}

/* -- Names --------------------------------------------------------------- */

static size_t c_function(struct marker *m, uint64_t address, char *to, size_t room)
{
	char symbol[128];

	if (address && m->name_address && m->name_address(m->name_context, address, symbol, sizeof(symbol)))
		return (size_t)snprintf(to, room, "C function %.120s", symbol);
	return (size_t)snprintf(to, room, "a C function");
}

/* ffi.C.free is a cdata whose type is the declaration of free(), with its name; a function pointer has an address only. */
static size_t cdata_text(struct marker *m, struct ctypes *c, uint64_t address, char *to, size_t room)
{
	const uint8_t *cd = at(m, address, CDATA_SIZE + 8), *ct, *name;
	char type[CTYPE_NAME];

	if (!cd || cd[O_GCT] != T_CDATA)
		return (size_t)snprintf(to, room, "?");
	ct = ctype_at(c, get_u16(cd + CDATA_CTYPEID));
	if (ct && get_u32(ct) >> 28 == CT_FUNC) {
		size_t length;

		name = ctype_own_name(c, ct, &length);
		if (name)
			return (size_t)snprintf(to, room, "C function %.*s", (int)length, (const char *)name);
		return c_function(m, get_u64(cd + CDATA_SIZE), to, room);
	}
	ctype_name(c, get_u16(cd + CDATA_CTYPEID), type);
	if (strstr(type, "(*)("))
		return c_function(m, get_u64(cd + CDATA_SIZE), to, room);
	return (size_t)snprintf(to, room, "a %s", type);
}

static size_t finalizer_text(struct marker *m, struct ctypes *c, struct finalizer f, char *to, size_t room)
{
	const uint8_t *proto;

	switch (f.type) {
	case T_PROTO:
		proto = at(m, f.address, PROTO_SIZE);
		if (proto && proto[O_GCT] == T_PROTO)
			return source_text(m->vm, proto, to, room);
		return (size_t)snprintf(to, room, "?");
	case T_LIGHTUD: return c_function(m, f.address, to, room);
	case T_FUNC: return (size_t)snprintf(to, room, "a function of LuaJIT's");
	case T_CDATA: return cdata_text(m, c, f.address, to, room);
	default: return (size_t)snprintf(to, room, "a %s", f.type >= T_STR && f.type <= T_UDATA ? type_names[f.type - T_STR] : "value");
	}
}

/* CTypeIDs and finalizers that were named already. */
struct named {
	uint32_t *types, *finalizers;	/* NO_STEP: not yet */
};

static bool named_open(struct named *n, const struct ctypes *c, const struct cdata_kinds *k)
{
	const size_t types = ((size_t)c->top + 1) * sizeof(*n->types), finalizers = ((size_t)k->nfinalizers + 1) * sizeof(*n->finalizers);

	n->types = malloc(types);
	n->finalizers = malloc(finalizers);
	if (!n->types || !n->finalizers)
		return false;
	memset(n->types, 0xff, types);
	memset(n->finalizers, 0xff, finalizers);
	return true;
}

/* The name of a CTypeID, or of what is no cdata. */
static uint32_t type_step(struct ctypes *c, struct named *n, struct trie *names, uint32_t type)
{
	uint32_t *step = &n->types[type < c->top ? type : c->top];
	char text[CTYPE_NAME];

	if (type == KIND_USERDATA)
		return trie_step(names, "userdata", 8);
	if (*step == NO_STEP)
		*step = trie_step(names, text, ctype_name(c, type, text));
	return *step;
}

/* The name of what frees a cdata; NO_STEP for none. */
static uint32_t finalizer_step(struct marker *m, struct ctypes *c, struct named *n, struct trie *names, uint32_t finalizer)
{
	uint32_t *step;
	char text[1024];

	if (finalizer == KIND_METAMETHOD)
		return trie_step(names, "__gc", 4);
	if (finalizer == 0)
		return NO_STEP;
	step = &n->finalizers[finalizer];
	if (*step == NO_STEP)
		*step = trie_step(names, text, finalizer_text(m, c, m->out->cdata.finalizers[finalizer - 1], text, sizeof(text)));
	return *step;
}

static void name_kinds(struct marker *m, struct cdata_kinds *k)
{
	struct ctypes c;
	struct named n = {0};

	if (k->count == 0)
		return;
	ctypes_open(&c, m->vm);
	if (!named_open(&n, &c, &m->out->cdata))
		fail(m, "out of memory");
	for (uint32_t i = 0; i < k->count && !m->failed; i++) {
		struct cdata_kind *kind = &k->list[i];

		kind->type = type_step(&c, &n, &k->names, kind->type);
		kind->finalizer = finalizer_step(m, &c, &n, &k->names, kind->finalizer);
	}
	if (k->names.failed)
		fail(m, "out of memory");
	free(n.types);
	free(n.finalizers);
	ctypes_close(&c);
}

void name_cdata(struct marker *m)
{
	name_kinds(m, &m->out->cdata);
	name_kinds(m, &m->out->garbage.kinds);
}
