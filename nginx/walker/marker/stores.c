#include "marker/stores.h"
#include "base/list.h"
#include "marker/code.h"

#include <stdlib.h>

enum {
	SAME_PROTO = 16,	/* functions of one prototype that are looked at: others have upvalues of the same kind */
	MOST_INSTANCES = 20000, /* metatables that are made for each object */
	MOST_METHODS = 4096,
	INHERITED = 8, /* as in methods.c */
	MM_NEWINDEX = 1,
};

struct finding {
	const struct vm *vm;
	const struct trie *paths;
	object_path_fn path_of;
	const void *context;
	struct adders *found;
	struct flow *flows;
	size_t nflows, flows_room;
	struct flow_room room;
	struct flow last;		/* the one that was read last, in memory that all are read into */
	struct code *open;		/* of a function, and of those within it */
	size_t open_room;
	struct pair_map of_proto;	/* -> index in flows */
	const uint8_t *insert, *rawset;	/* these functions; NULL: not there */
	bool failed;
};

/* -- While it is marked -------------------------------------------------- */

bool stores_note_function(struct stores *s, const uint8_t *function, uint64_t proto)
{
	uint32_t count = pair_map_get(&s->per_proto, proto, 0);

	if (count == NO_VALUE)
		count = 0;
	if (count >= SAME_PROTO)
		return true;
	if (!LIST_HAS_ROOM(s->functions, s->nfunctions, s->functions_room) || !pair_map_put(&s->per_proto, proto, 0, count + 1))
		return false;
	s->functions[s->nfunctions++] = function;
	return true;
}

bool stores_note_object(struct stores *s, const uint8_t *object, uint64_t metatable, uint32_t node)
{
	if (s->ninstances >= MOST_INSTANCES || pair_map_get(&s->known, metatable, node) != NO_VALUE)
		return true;
	if (!LIST_HAS_ROOM(s->instances, s->ninstances, s->instances_room) || !pair_map_put(&s->known, metatable, node, 1))
		return false;
	s->instances[s->ninstances++] = (struct instance){metatable, object};
	return true;
}

void stores_clear(struct stores *s)
{
	free(s->functions);
	free(s->instances);
	pair_map_clear(&s->per_proto);
	pair_map_clear(&s->known);
	*s = (struct stores){0};
}

/* -- One store ----------------------------------------------------------- */

/* The path of a reached object; NO_NODE where it has none of its own. */
static uint32_t path_of(const struct finding *f, const uint8_t *p)
{
	return p && heap_is_marked(p) && (GC64 || p[O_GCT] != T_CDATA) ? f->path_of(f->context, p) : NO_NODE;
}

static bool takes_new_keys(const struct finding *f, const uint8_t *t)
{
	return !heap_metamethod(f->vm, get_ref(t + TAB_METATABLE), MM_NEWINDEX);
}

static void tell(struct finding *f, const struct code *c, const struct store *s, uint32_t node, bool replaces)
{
	const struct adder one = {
		.node = node, .replaces = replaces, .proto = heap_at(f->vm, c->proto, PROTO_SIZE), .line = s->line,
		.function = c->is_within ? NO_NODE : path_of(f, c->function),
	};

	/* Stripped code has no lines at all, not even that on which it begins. */
	if (node != NO_NODE && one.proto && one.line && !adders_add(f->found, one))
		f->failed = true;
}

static bool calls_adder(const struct finding *f, const struct flow *flow, uint16_t by, const struct code *c, const uint8_t *self)
{
	struct values v;

	code_values(f->vm, flow, by, c, self, &v);
	return v.count == 1 && (v.list[0] == f->insert || v.list[0] == f->rawset);
}

static void find_store(struct finding *f, const struct flow *flow, const struct store *s, const struct code *c,
		       const uint8_t *self)
{
	struct values v;
	uint32_t last = NO_NODE;

	if (s->kind == STORE_CALL && !calls_adder(f, flow, s->by, c, self))
		return;
	if (s->kind == STORE_UPVALUE) {
		tell(f, c, s, path_of(f, code_upvalue(f->vm, c, flow->origins[s->into].key)), true);
		return;
	}
	code_values(f->vm, flow, s->into, c, self, &v);
	for (size_t i = 0; i < v.count; i++) {
		const uint8_t *t = v.list[i];
		uint32_t node = t[O_GCT] == T_TAB ? path_of(f, t) : NO_NODE;

		if (node == NO_NODE)
			continue;
		if (s->kind == STORE_FIELD) {
			const uint32_t of_value = path_of(f, heap_object_of(f->vm, heap_tab_getstr(f->vm, t, s->key)));

			/* What is reached on a shorter way is not at this field's path. */
			node = of_value != NO_NODE && f->paths->nodes[of_value].parent == node ? of_value : NO_NODE;
		} else if (s->kind == STORE_ENTRY && !takes_new_keys(f, t)) {
			continue;
		}
		if (node != last)
			tell(f, c, s, node, s->kind == STORE_FIELD);
		last = node;
	}
}

/* -- Code ---------------------------------------------------------------- */

static const struct flow *flow_of(struct finding *f, uint64_t proto)
{
	uint32_t id = pair_map_get(&f->of_proto, proto, 0);

	if (id != NO_VALUE)
		return &f->flows[id];
	if (!LIST_HAS_ROOM(f->flows, f->nflows, f->flows_room) || !flow_read(f->vm, proto, &f->room, &f->last) ||
	    !pair_map_put(&f->of_proto, proto, 0, (uint32_t)f->nflows) ||
	    (f->last.nstores && !flow_copy(&f->last, &f->flows[f->nflows]))) {
		f->failed = true;
		return NULL;
	}
	if (f->last.nstores == 0)
		f->flows[f->nflows] = (struct flow){0};
	return &f->flows[f->nflows++];
}

static void find_in_code(struct finding *f, const struct code *c, const uint8_t *self)
{
	const struct flow *flow = flow_of(f, c->proto);

	for (size_t i = 0; flow && i < flow->nstores && !f->failed; i++) {
		uint16_t root = flow->stores[i].into;

		while (flow->origins[root].from)
			root = flow->origins[root].from;
		/* Which object a method is called with is known of its class only. */
		if ((flow->origins[root].kind == ORIGIN_SELF) == (self != NULL))
			find_store(f, flow, &flow->stores[i], c, self);
	}
}

/* The function and those within it, which mostly are made anew for each call. */
static void find_in_function(struct finding *f, const uint8_t *function)
{
	size_t count = 0;

	if (!LIST_HAS_ROOM(f->open, count, f->open_room)) {
		f->failed = true;
		return;
	}
	f->open[count++] = (struct code){.function = function, .proto = get_ref(function + FUNC_PC) - PROTO_SIZE};
	for (size_t i = 0; i < count && !f->failed; i++) {
		const struct code c = f->open[i];
		const uint8_t *pt = heap_at(f->vm, c.proto, PROTO_SIZE);
		const uint32_t n = pt ? get_u32(pt + PROTO_SIZEKGC) : 0;
		const uint8_t *k = n ? heap_at(f->vm, get_ref(pt + PROTO_K) - (uint64_t)n * REF, (uint64_t)n * REF) : NULL;

		find_in_code(f, &c, NULL);
		for (uint32_t j = 0; k && j < n; j++) {
			const uint64_t within = get_ref(k + (uint64_t)j * REF);
			const uint8_t *p = heap_at(f->vm, within, PROTO_SIZE);

			/* In a damaged heap a prototype could be within itself. */
			if (!p || p[O_GCT] != T_PROTO || count > MOST_METHODS)
				continue;
			if (!LIST_HAS_ROOM(f->open, count, f->open_room)) {
				f->failed = true;
				break;
			}
			code_within(f->vm, &c, within, &f->open[count++]);
		}
	}
}

/* -- Methods ------------------------------------------------------------- */

static void find_in_methods(struct finding *f, const uint8_t *methods, const uint8_t *object)
{
	uint32_t count;
	const uint8_t *nodes = heap_nodes(f->vm, methods, &count);

	for (uint32_t i = 0; nodes && count <= MOST_METHODS && i < count; i++) {
		const uint64_t tv = get_u64(nodes + (uint64_t)i * NODE_SIZE + NODE_VAL);
		const uint8_t *fn = tv_type(tv) == T_FUNC ? heap_object_of(f->vm, tv) : NULL;

		if (fn && heap_is_marked(fn) && heap_func_proto(f->vm, tv_ref(tv)))
			find_in_code(f, &(struct code){.function = fn, .proto = get_ref(fn + FUNC_PC) - PROTO_SIZE}, object);
	}
}

/* Methods are those that __index leads to, and what that inherits. */
static void find_of_instance(struct finding *f, const struct instance *one)
{
	uint64_t metatable = one->metatable;

	for (int i = 0; i < INHERITED && metatable && !f->failed; i++) {
		const uint8_t *methods = heap_metamethod(f->vm, metatable, MM_INDEX);

		if (!methods || methods[O_GCT] != T_TAB)
			return;
		find_in_methods(f, methods, one->object);
		metatable = get_ref(methods + TAB_METATABLE);
	}
}

/* -- The whole ----------------------------------------------------------- */

/* The strings that name functions of Lua's own are interned, so their addresses are found among a table's keys. */
static uint64_t member(const struct finding *f, uint64_t table, const char *name)
{
	const uint8_t *t = tv_type(table) == T_TAB ? heap_object_of(f->vm, table) : NULL;
	const uint64_t length = strlen(name);
	uint32_t count;
	const uint8_t *nodes = t ? heap_nodes(f->vm, t, &count) : NULL;

	for (uint32_t i = 0; nodes && i < count; i++) {
		const uint64_t key = get_u64(nodes + (uint64_t)i * NODE_SIZE + NODE_KEY), value = get_u64(nodes + (uint64_t)i * NODE_SIZE);
		const uint8_t *s = tv_type(key) == T_STR && tv_type(value) != T_NIL ? heap_at(f->vm, tv_ref(key), STR_SIZE + length) : NULL;

		if (s && get_u32(s + STR_LEN) == length && memcmp(s + STR_SIZE, name, length) == 0)
			return value;
	}
	return TV_NIL;
}

static const uint8_t *loaded_function(const struct finding *f, const char *module, const char *name)
{
	const uint8_t *g = heap_at(f->vm, f->vm->g.a + G_REGISTRYTV - (f->vm->layout->small_buffers ? 16 : 0), 8);
	const uint64_t loaded = g ? member(f, get_u64(g), "_LOADED") : TV_NIL;
	const uint64_t function = member(f, member(f, loaded, module), name);

	return tv_type(function) == T_FUNC ? heap_object_of(f->vm, function) : NULL;
}

bool stores_find(const struct stores *s, const struct vm *vm, const struct trie *paths, object_path_fn path_of_object, const void *context,
		 struct adders *found)
{
	struct finding f = {.vm = vm, .paths = paths, .path_of = path_of_object, .context = context, .found = found};

	f.insert = loaded_function(&f, "table", "insert");
	f.rawset = loaded_function(&f, "_G", "rawset");
	for (size_t i = 0; i < s->nfunctions && !f.failed; i++)
		find_in_function(&f, s->functions[i]);
	for (size_t i = 0; i < s->ninstances && !f.failed; i++)
		find_of_instance(&f, &s->instances[i]);
	for (size_t i = 0; i < f.nflows; i++)
		flow_free(&f.flows[i]);
	flow_free(&f.last);
	flow_room_free(&f.room);
	free(f.open);
	free(f.flows);
	pair_map_clear(&f.of_proto);
	return !f.failed;
}
