/*
** Marking, as lj_gc.c does it, after full collections: breadth first, so that every
** object gets the shortest path, and the smallest among those. One function per object
** kind, named after the one it mirrors. Compiled once per reference width.
*/
#include "mark.h"
#include "source.h"
#include "object.h"

#include <stdio.h>
#include <stdlib.h>

#define account_object VARIANT(account_object)
#define source_text VARIANT(source_text)
bool account_object(struct vm *vm, const uint8_t *p, uint64_t addr, uint64_t *size);

enum {
	FR2 = GC64 ? 1 : 0,		/* LJ_FR2: frame info takes two slots */
	COLLAPSE_OVER = 256,		/* string keys that a path may have before they are taken together */
	MAX_PASSES = 1000,
	PREFETCH = 12,
	MM_MODE = 3,
	WEAK_KEY = 1, WEAK_VALUE = 2,
	MIN_OBJECT = CDATA_SIZE,
};

/* Steps that every heap has. */
struct steps {
	uint32_t array, strings, keys, boolean, table, function, cdata, userdata, thread, lightud, metatable, env, proto,
		stack;
};

struct objects {
	uint8_t **list;
	size_t count, room;
};

struct weak_table {
	uint8_t *t;
	uint8_t weak;
};

struct marker {
	struct vm *vm;
	struct marking *out;
	struct trie *trie;
	struct steps steps;
	struct pair_map edges;		/* (node, key) -> child: a key is named once per path */
	struct objects found;		/* containers found in this level */
	struct objects ordered;		/* the level before, by path */
	struct addr_list touched;	/* paths that have objects in found */
	struct objects threads, protos;
	struct weak_table *weak;
	size_t nweak, weak_room;
	uint32_t expanding;		/* path whose objects are being traversed */
	uint64_t mode_name;
	uint64_t last_metatable;
	uint8_t last_weak;
	bool late;			/* stacks and traces: they hold nothing that is held otherwise */
	uint32_t from;			/* object whose references are being followed; 0: a root */
	uint64_t budget;		/* bytes that objects and slots may still take: damaged heaps overlap */
	name_address_fn name_address;
	void *name_context;
	bool failed;
};

static uint8_t *at(struct marker *m, uint64_t addr, uint64_t len)
{
	return image_at(m->vm->im, raddr(addr), len);
}

static bool fail(struct marker *m, const char *why)
{
	if (!m->vm->error[0])
		snprintf(m->vm->error, sizeof(m->vm->error), "%s", why);
	m->failed = true;
	return false;
}

static void push(struct marker *m, struct objects *l, uint8_t *p)
{
	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : 1024;
		uint8_t **more = realloc(l->list, room * sizeof(*more));

		if (!more) {
			fail(m, "out of memory");
			return;
		}
		l->list = more;
		l->room = room;
	}
	l->list[l->count++] = p;
}

/* Every object and slot has its own bytes, so all of them together fit into the image. */
static bool spend(struct marker *m, uint64_t bytes)
{
	if (bytes > m->budget)
		return fail(m, "objects overlap");
	m->budget -= bytes;
	return true;
}

/* -- Path numbers in objects --------------------------------------------- */

/* A field that only the collector or the string table uses holds the object's path from here on. */
static unsigned scratch_offset(unsigned gct)
{
	static const uint8_t offsets[] = {STR_SCRATCH, UPVAL_DHASH, TH_GCLIST, PROTO_GCLIST, FUNC_GCLIST,
					  TR_GCLIST, CDATA_SCRATCH, TAB_GCLIST, UD_SCRATCH};

	return offsets[gct - T_STR];
}

static uint32_t scratch_of(const uint8_t *p)
{
	return get_u32(p + scratch_offset(p[O_GCT]));
}

/* With a graph the field holds the object's number, and the graph its path. */
static uint32_t path_of(const struct marker *m, const uint8_t *p)
{
	uint32_t v = scratch_of(p);

	if (m->out->want_retained)
		v = v < m->out->graph.count ? m->out->graph.path[v] : 0;
	return v < m->trie->nnodes ? v : 0;	/* in a damaged heap objects overlap, and so do their paths */
}

static void set_path(struct marker *m, uint8_t *p, uint32_t node)
{
	if (!m->out->want_retained)
		set_u32(p + scratch_offset(p[O_GCT]), node);
	else if (scratch_of(p) < m->out->graph.count)
		m->out->graph.path[scratch_of(p)] = node;
}

static bool has_scratch(const uint8_t *p)
{
	return GC64 || p[O_GCT] != T_CDATA;	/* a 4-byte cdata header has no field to spare */
}

/* -- Graph --------------------------------------------------------------- */

static bool grow_graph(struct object_graph *g)
{
	uint32_t room = g->room ? g->room * 2 : 4096;
	uint32_t *path = realloc(g->path, room * sizeof(*path));
	uint64_t *size;
	uint8_t *leaf;

	if (path)
		g->path = path;
	size = realloc(g->size, room * sizeof(*size));
	if (size)
		g->size = size;
	leaf = realloc(g->leaf, room);
	if (leaf)
		g->leaf = leaf;
	if (!path || !size || !leaf)
		return false;
	g->room = room;
	return true;
}

static void graph_add(struct marker *m, uint8_t *p, uint64_t size, uint32_t node)
{
	struct object_graph *g = &m->out->graph;

	if (g->count == g->room && !grow_graph(g)) {
		fail(m, "out of memory");
		return;
	}
	g->path[g->count] = node;
	g->size[g->count] = size;
	g->leaf[g->count] = p ? p[O_GCT] == T_STR || p[O_GCT] == T_CDATA : 0;
	if (p && has_scratch(p))
		set_u32(p + scratch_offset(p[O_GCT]), g->count);
	g->count++;
}

static void graph_refer(struct marker *m, uint32_t to)
{
	struct object_graph *g = &m->out->graph;

	if (to >= g->count || m->from >= g->count)
		return;	/* in a damaged heap objects overlap, and so do their numbers */
	if (g->nedges == g->edges_room) {
		size_t room = g->edges_room ? g->edges_room * 2 : 8192;
		uint32_t *from = realloc(g->from, room * sizeof(*from)), *ends;

		if (from)
			g->from = from;
		ends = realloc(g->to, room * sizeof(*ends));
		if (ends)
			g->to = ends;
		if (!from || !ends) {
			fail(m, "out of memory");
			return;
		}
		g->edges_room = room;
	}
	g->from[g->nedges] = m->from;
	g->to[g->nedges++] = to;
}

static bool is_marked(const uint8_t *p)
{
	return (p[O_MARKED] & MARK_WHITES) == MARK_WHITES;	/* never both set otherwise */
}

static uint32_t child(struct marker *m, uint32_t node, uint32_t step)
{
	return trie_child(m->trie, node, step);
}

/* -- Tallies ------------------------------------------------------------- */

static uint64_t payload_of(const uint8_t *p, uint64_t size)
{
	const uint8_t *sb;

	switch (p[O_GCT]) {
	case T_STR: return get_u32(p + STR_LEN);
	case T_CDATA: return size > CDATA_SIZE ? size - CDATA_SIZE : 0;
	case T_UDATA:
		if (p[UD_UDTYPE] != UDTYPE_BUFFER)
			return 0;
		sb = p + UD_SIZE;
		return get_buffer_ptr(sb + SB_W) - get_buffer_ptr(sb + SB_R);
	default: return 0;
	}
}

static void tally(struct marker *m, const uint8_t *p, uint64_t addr, uint32_t node, int64_t sign)
{
	struct node *n = &m->trie->nodes[node];
	unsigned type = p[O_GCT] - T_STR;
	uint64_t size = 0;

	if (!account_object(m->vm, p, addr, &size)) {
		fail(m, "object without a size");
		return;
	}
	n->own[type].objects += (uint64_t)sign;
	n->own[type].bytes += (uint64_t)sign * size;
	n->payload += (uint64_t)sign * payload_of(p, size);
}

/* Pinned strings that a path reaches; sum_reachable() turns them into those that none does. */
static void note_fixed(struct marker *m, const uint8_t *p, uint64_t addr)
{
	uint64_t size;

	if (p[O_GCT] == T_STR && (p[O_MARKED] & MARK_FIXED) && account_object(m->vm, p, addr, &size)) {
		m->out->fixed.objects++;
		m->out->fixed.bytes += size;
	}
}

/* -- gc_mark: an object is reached --------------------------------------- */

static void wait_for(struct marker *m, uint32_t node)
{
	if (m->trie->nodes[node].pending++ == 0 && !addr_list_push(&m->touched, node))
		fail(m, "out of memory");
}

static void mark_tv(struct marker *m, uint64_t tv, uint32_t node);

/* An upvalue and its value share a path; an open one's value is still on a stack. */
static void mark_upvalue_value(struct marker *m, const uint8_t *uv, uint32_t node)
{
	const uint8_t *v = at(m, get_ref(uv + UPVAL_V), 8);
	const uint32_t from = m->from;

	if (m->out->want_retained)
		m->from = scratch_of(uv);
	if (v)
		mark_tv(m, get_u64(v), node);
	else
		fail(m, "upvalue without a value");
	m->from = from;
}

/* Reached again by a sibling step from the same path: the smaller step keeps it. */
static void mark_again(struct marker *m, uint8_t *p, uint64_t addr, uint32_t node)
{
	uint32_t old;

	if (!has_scratch(p))
		return;
	if (m->out->want_retained && !m->late)
		graph_refer(m, scratch_of(p));
	old = path_of(m, p);
	if (old == node || m->expanding == NO_NODE || old >= m->trie->nnodes || m->trie->nodes[old].parent != m->expanding ||
	    m->trie->nodes[node].parent != m->expanding || m->trie->nodes[m->expanding].chain)
		return;
	if (strcmp(m->trie->steps[m->trie->nodes[node].step].text, m->trie->steps[m->trie->nodes[old].step].text) >= 0)
		return;
	if (p[O_GCT] != T_STR && p[O_GCT] != T_CDATA && p[O_GCT] != T_UPVAL) {
		if (m->trie->nodes[old].pending == 0)
			return;	/* traversed in an earlier level */
		m->trie->nodes[old].pending--;
		wait_for(m, node);
	}
	tally(m, p, addr, old, -1);
	set_path(m, p, node);
	tally(m, p, addr, node, 1);
	if (p[O_GCT] == T_UPVAL)
		mark_upvalue_value(m, p, node);
}

static void mark_object(struct marker *m, uint64_t addr, uint32_t node)
{
	uint8_t *p = at(m, addr, CDATA_SIZE);

	if (!p || p[O_GCT] < T_STR || p[O_GCT] > T_UDATA) {
		fail(m, "reference to no object");
		return;
	}
	if (is_marked(p)) {
		mark_again(m, p, addr, node);
		return;
	}
	if (!spend(m, CDATA_SIZE))
		return;
	p[O_MARKED] |= MARK_WHITES;
	note_fixed(m, p, addr);
	tally(m, p, addr, node, 1);
	if (m->out->want_retained) {
		uint64_t size = 0;

		account_object(m->vm, p, addr, &size);
		graph_add(m, p, size, node);
		graph_refer(m, m->out->graph.count - 1);
		if (m->failed)
			return;
	} else if (has_scratch(p)) {
		set_path(m, p, node);
	}
	if (p[O_GCT] == T_UPVAL) {
		mark_upvalue_value(m, p, node);
	} else if (p[O_GCT] != T_STR && p[O_GCT] != T_CDATA) {
		wait_for(m, node);
		push(m, &m->found, p);
	}
}

static void mark_tv(struct marker *m, uint64_t tv, uint32_t node)
{
	uint32_t type = tv_type(tv);

	if (tv_is_gcv(type))
		mark_object(m, tv_ref(tv), node);
}

static void mark_ref(struct marker *m, uint64_t ref, uint32_t node, uint32_t step)
{
	if (ref)
		mark_object(m, ref, child(m, node, step));
}

/* -- Keys ---------------------------------------------------------------- */

static uint64_t lightud_address(struct marker *m, uint64_t tv)
{
	const uint8_t *g = at(m, m->vm->g.a, G_NILNODE);
	uint64_t seg = tv >> 39 & 0xff;
	const uint8_t *map;

	if (OLD && !m->vm->layout->patched_2017)
		return tv & ((UINT64_C(1) << 47) - 1);
	map = g && seg != 0xff ? at(m, get_ref(g + (OLD ? 88 : G_LIGHTUDSEG)) + seg * 4, 4) : NULL;
	return map ? (uint64_t)get_u32(map) << 32 | (tv & ((UINT64_C(1) << 39) - 1)) : 0;
}

static uint32_t step_for_lightud(struct marker *m, uint64_t tv)
{
	char text[256] = "[<";
	size_t n = m->name_address ? m->name_address(m->name_context, lightud_address(m, tv), text + 2, sizeof(text) - 5) : 0;

	if (n == 0)
		return m->steps.lightud;
	text[n + 2] = '>';
	text[n + 3] = ']';
	return trie_step(m->trie, text, n + 4);
}

static uint32_t step_for_string(struct marker *m, uint64_t key)
{
	const uint8_t *s = at(m, key, STR_SIZE);
	uint32_t len = s ? get_u32(s + STR_LEN) : 0;

	if (!s || !at(m, key, STR_SIZE + (uint64_t)len)) {
		fail(m, "string key outside the heap");
		return m->steps.strings;
	}
	return trie_step_for_key(m->trie, s + STR_SIZE, len);
}

/* The step from a table to the value under key. */
static uint32_t value_node(struct marker *m, uint32_t node, uint64_t key, uint32_t type)
{
	uint32_t id;

	switch (type) {
	case T_STR:
		if (m->trie->nodes[node].collapse == 2)
			return child(m, node, m->steps.strings);
		break;
	case T_LIGHTUD: break;
	case T_FALSE: case T_TRUE: return child(m, node, m->steps.boolean);
	case T_TAB: return child(m, node, m->steps.table);
	case T_FUNC: return child(m, node, m->steps.function);
	case T_CDATA: return child(m, node, m->steps.cdata);
	case T_UDATA: return child(m, node, m->steps.userdata);
	case T_THREAD: return child(m, node, m->steps.thread);
	default: return child(m, node, m->steps.array);
	}
	id = pair_map_get(&m->edges, node, key);
	if (id == NO_NODE) {
		id = child(m, node, type == T_STR ? step_for_string(m, tv_ref(key)) : step_for_lightud(m, key));
		if (!pair_map_put(&m->edges, node, key, id))
			fail(m, "out of memory");
	}
	return id;
}

static enum entry_kind entry_kind(uint32_t key_type)
{
	switch (key_type) {
	case T_STR: return ENTRY_STRING;
	case T_FALSE: case T_TRUE: return ENTRY_BOOLEAN;
	case T_TAB: return ENTRY_TABLE;
	case T_FUNC: return ENTRY_FUNCTION;
	case T_CDATA: return ENTRY_CDATA;
	case T_UDATA: return ENTRY_USERDATA;
	case T_THREAD: return ENTRY_THREAD;
	case T_LIGHTUD: return ENTRY_LIGHTUD;
	default: return ENTRY_NUMBER;
	}
}

/* -- Tables -------------------------------------------------------------- */

/* The value under a string key, or TV_NIL. */
static uint64_t tab_get_str(struct marker *m, const uint8_t *t, uint64_t name)
{
	uint32_t hmask = get_u32(t + TAB_HMASK);
	const uint8_t *nodes = at(m, get_ref(t + TAB_NODE), ((uint64_t)hmask + 1) * NODE_SIZE);

	for (uint64_t i = 0; nodes && name && i <= hmask; i++) {
		uint64_t key = get_u64(nodes + i * NODE_SIZE + NODE_KEY);

		if (tv_type(key) == T_STR && tv_ref(key) == name)
			return get_u64(nodes + i * NODE_SIZE + NODE_VAL);
	}
	return TV_NIL;
}

/* lj_meta_fastg(g, mt, MM_mode) */
static uint8_t weak_mode(struct marker *m, const uint8_t *t)
{
	uint64_t metatable = get_ref(t + TAB_METATABLE);
	const uint8_t *mt, *s;
	uint64_t mode;
	uint8_t weak = 0;

	if (!metatable)
		return 0;
	if (metatable == m->last_metatable)
		return m->last_weak;
	mt = at(m, metatable, TAB_SIZE);
	mode = mt ? tab_get_str(m, mt, m->mode_name) : TV_NIL;
	s = tv_type(mode) == T_STR ? at(m, tv_ref(mode), STR_SIZE) : NULL;
	for (uint32_t i = 0; s && i < get_u32(s + STR_LEN) && at(m, tv_ref(mode), STR_SIZE + (uint64_t)i + 1); i++)
		weak |= s[STR_SIZE + i] == 'k' ? WEAK_KEY : s[STR_SIZE + i] == 'v' ? WEAK_VALUE : 0;
	m->last_metatable = metatable;
	m->last_weak = weak;
	return weak;
}

static void prefetch_tv(struct marker *m, uint64_t tv)
{
	const uint8_t *p;

	if (tv_is_gcv(tv_type(tv)) && (p = at(m, tv_ref(tv), CDATA_SIZE)))
		__builtin_prefetch(p, 1);
}

static const uint8_t *tab_array(struct marker *m, const uint8_t *t, uint32_t *asize)
{
	*asize = get_u32(t + TAB_ASIZE);
	return *asize ? at(m, get_ref(t + TAB_ARRAY), (uint64_t)*asize * 8) : NULL;
}

static uint8_t *tab_nodes(struct marker *m, const uint8_t *t, uint32_t *count)
{
	uint32_t hmask = get_u32(t + TAB_HMASK);

	*count = hmask ? hmask + 1 : 0;
	return hmask ? at(m, get_ref(t + TAB_NODE), ((uint64_t)hmask + 1) * NODE_SIZE) : NULL;
}

static void count_lru(struct marker *m, struct node *n, const uint8_t *t)
{
	uint64_t max = tab_get_str(m, t, m->vm->key_max_items), items = tab_get_str(m, t, m->vm->key_num_items);
	double value;

	if (tv_type(max) < T_NUM || tv_type(items) < T_NUM)
		return;
	memcpy(&value, &max, 8);
	if (!(value >= 0 && value < 1e15))
		return;
	n->lru_max += (uint64_t)value;
	memcpy(&value, &items, 8);
	if (value >= 0 && value < 1e15)
		n->lru_items += (uint64_t)value;
	n->lru_objects++;
}

static void count_slots(struct node *n, const uint8_t *t, uint64_t array_used, uint64_t hash_used)
{
	int8_t colo = (int8_t)t[TAB_COLO];
	uint32_t asize = get_u32(t + TAB_ASIZE), hmask = get_u32(t + TAB_HMASK);

	n->array_used += array_used;
	n->array_slots += asize > 0 ? asize - 1 : 0;	/* slot 0 is there too, but Lua arrays begin at 1 */
	n->hash_used += hash_used;
	n->hash_slots += hmask ? (uint64_t)hmask + 1 : 0;
	n->slot_bytes += (uint64_t)asize * 8 + (colo < 0 ? (uint64_t)(colo & 0x7f) * 8 : 0) +
			 (hmask ? ((uint64_t)hmask + 1) * NODE_SIZE : 0);
}

/* One live entry of the hash part. */
static void mark_entry(struct marker *m, uint32_t node, uint64_t key, uint64_t val, uint8_t weak)
{
	uint32_t type = tv_type(key);

	if (tv_is_gcv(type) && !(weak & WEAK_KEY))
		mark_object(m, tv_ref(key), child(m, node, m->steps.keys));
	if (tv_is_gcv(tv_type(val)) && !(weak & WEAK_VALUE))
		mark_object(m, tv_ref(val), value_node(m, node, key, type));
}

static void remember_weak(struct marker *m, uint8_t *t, uint8_t weak)
{
	if (m->nweak == m->weak_room) {
		size_t room = m->weak_room ? m->weak_room * 2 : 64;
		struct weak_table *more = realloc(m->weak, room * sizeof(*more));

		if (!more) {
			fail(m, "out of memory");
			return;
		}
		m->weak = more;
		m->weak_room = room;
	}
	m->weak[m->nweak++] = (struct weak_table){t, weak};
}

/* gc_traverse_tab */
static void traverse_tab(struct marker *m, uint8_t *t, uint32_t node)
{
	uint8_t weak = weak_mode(m, t);
	uint64_t array_used = 0, hash_used = 0, entries[NENTRIES] = {0};
	uint32_t asize, count;
	const uint8_t *array = tab_array(m, t, &asize), *nodes;
	bool has_lru = false;

	mark_ref(m, get_ref(t + TAB_METATABLE), node, m->steps.metatable);
	if (!spend(m, (uint64_t)asize * 8 + (get_u32(t + TAB_HMASK) ? ((uint64_t)get_u32(t + TAB_HMASK) + 1) * NODE_SIZE : 0)))
		return;
	if (weak) {
		remember_weak(m, t, weak);
		m->trie->nodes[node].weak |= weak;
	}
	if (asize && !array) {
		fail(m, "array part outside the heap");
		return;
	}
	if (asize && !(weak & WEAK_VALUE)) {
		uint32_t items = NO_NODE;

		for (uint32_t i = 0; i < asize; i++) {
			uint64_t tv = get_u64(array + (uint64_t)i * 8);

			if (tv == TV_NIL || tv_type(tv) == T_NIL)
				continue;
			array_used++;
			if (!tv_is_gcv(tv_type(tv)))
				continue;
			if (i + PREFETCH < asize)
				prefetch_tv(m, get_u64(array + ((uint64_t)i + PREFETCH) * 8));
			if (items == NO_NODE)
				items = child(m, node, m->steps.array);
			mark_object(m, tv_ref(tv), items);
		}
		entries[ENTRY_NUMBER] += array_used;
	}
	nodes = tab_nodes(m, t, &count);
	if (count && !nodes) {
		fail(m, "hash part outside the heap");
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *n = nodes + (uint64_t)i * NODE_SIZE;
		uint64_t val = get_u64(n + NODE_VAL), key = get_u64(n + NODE_KEY);

		if (i + PREFETCH / 2 < count) {
			prefetch_tv(m, get_u64(n + PREFETCH / 2 * NODE_SIZE + NODE_VAL));
			prefetch_tv(m, get_u64(n + PREFETCH / 2 * NODE_SIZE + NODE_KEY));
		}
		if (tv_type(val) == T_NIL)
			continue;	/* the key may be dead and dangle */
		if (weak) {
			/* Strings are values, never weak; whether the entry lives is known when marking is done. */
			mark_entry(m, node, key, val, weak);
			continue;
		}
		hash_used++;
		entries[entry_kind(tv_type(key))]++;
		mark_entry(m, node, key, val, 0);
		if (tv_type(key) == T_STR && tv_ref(key) == m->vm->key_max_items)
			has_lru = true;
	}
	if (!weak) {
		struct node *n = &m->trie->nodes[node];

		for (int i = 0; i < NENTRIES; i++)
			n->entries[i] += entries[i];
		count_slots(n, t, array_used, hash_used);
		if (has_lru)
			count_lru(m, n, t);
	}
}

/* -- Other kinds --------------------------------------------------------- */

static uint32_t upvalue_step(struct marker *m, const uint8_t *name, size_t room, uint32_t index)
{
	char text[128] = ".^";
	size_t n = 0;

	while (name && n < room && n < sizeof(text) - 3 && name[n])
		n++;
	if (n == 0)
		return trie_step(m->trie, text, 2 + (size_t)snprintf(text + 2, sizeof(text) - 2, "%u", index + 1));
	memcpy(text + 2, name, n);
	for (size_t i = 2; i < n + 2; i++)
		if ((uint8_t)text[i] < 0x20 || (uint8_t)text[i] >= 0x7f)
			text[i] = '?';
	return trie_step(m->trie, text, n + 2);
}

/* "(for state)" and the like never are upvalues, so a name is an identifier or empty (stripped code). */
static uint32_t upvalue_node(struct marker *m, uint32_t node, const uint8_t *names, const uint8_t *end, uint32_t index,
			     uint64_t proto)
{
	uint64_t key = (UINT64_C(1) << 63) | (proto << 8) | index;
	uint32_t id = pair_map_get(&m->edges, node, key);

	if (id == NO_NODE) {
		for (uint32_t i = 0; names && i < index && names < end; names++)
			i += *names == 0;
		id = child(m, node, upvalue_step(m, names && names < end ? names : NULL, (size_t)(end - names), index));
		if (!pair_map_put(&m->edges, node, key, id))
			fail(m, "out of memory");
	}
	return id;
}

/* The smallest source among a path's functions stands for all of them. */
static void note_source(struct marker *m, uint32_t node, const uint8_t *proto)
{
	struct node *n = &m->trie->nodes[node];
	char a[512], b[512];

	if (n->source == proto)
		return;
	if (n->source) {
		source_text(m->vm, n->source, a, sizeof(a));
		source_text(m->vm, proto, b, sizeof(b));
		if (strcmp(a, b) <= 0)
			return;
	}
	n->source = proto;
}

/* gc_traverse_func */
static void traverse_func(struct marker *m, uint8_t *fn, uint32_t node)
{
	uint32_t n = fn[FUNC_NUPVALUES];
	bool is_lua = fn[FUNC_FFID] == 0;

	mark_ref(m, get_ref(fn + FUNC_ENV), node, m->steps.env);
	if (is_lua) {
		uint64_t proto = get_ref(fn + FUNC_PC) - PROTO_SIZE;
		const uint8_t *pt = at(m, proto, PROTO_SIZE), *names, *end;
		uint64_t uvinfo;

		if (!pt || pt[O_GCT] != T_PROTO || !at(m, proto, get_u32(pt + PROTO_SIZEPT))) {
			fail(m, "function without a prototype");
			return;
		}
		uvinfo = get_ref(pt + PROTO_UVINFO);
		end = pt + get_u32(pt + PROTO_SIZEPT);
		names = uvinfo > proto && uvinfo < proto + get_u32(pt + PROTO_SIZEPT) ? pt + (uvinfo - proto) : NULL;
		note_source(m, node, pt);
		mark_ref(m, proto, node, m->steps.proto);
		for (uint32_t i = 0; i < n; i++)
			mark_object(m, get_ref(fn + FUNC_UVPTR + i * REF), upvalue_node(m, node, names, end, i, proto));
	} else {
		for (uint32_t i = 0; i < n; i++) {
			uint64_t tv = get_u64(fn + FUNC_C_UPVALUE + i * 8);

			if (tv_is_gcv(tv_type(tv)))
				mark_tv(m, tv, child(m, node, upvalue_step(m, NULL, 0, i)));
		}
	}
}

/* gc_traverse_proto: constants; its traces come last */
static void traverse_proto(struct marker *m, uint8_t *pt, uint32_t node)
{
	uint32_t n = get_u32(pt + PROTO_SIZEKGC);
	uint64_t k = get_ref(pt + PROTO_K);
	const uint8_t *consts = n ? at(m, k - (uint64_t)n * REF, (uint64_t)n * REF) : NULL;

	mark_ref(m, get_ref(pt + PROTO_CHUNKNAME), node, m->steps.array);
	if (n && !consts) {
		fail(m, "constants outside the heap");
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint64_t ref = get_ref(consts + (uint64_t)i * REF);
		const uint8_t *p = at(m, ref, CDATA_SIZE);

		mark_ref(m, ref, node, p && p[O_GCT] == T_PROTO ? m->steps.proto : m->steps.array);
	}
	if (get_u16(pt + PROTO_TRACE))
		push(m, &m->protos, pt);
}

static const uint8_t *thread_stack(struct marker *m, const uint8_t *th, uint64_t *count)
{
	uint64_t bottom = get_ref(th + TH_STACK) + 8 * (1 + FR2);
	uint64_t top = get_ref(th + TH_TOP);

	*count = top > bottom ? (top - bottom) / 8 : 0;
	return *count && *count <= get_u32(th + TH_STACKSIZE) ? at(m, bottom, *count * 8) : NULL;
}

/* gc_traverse_thread: its stack comes after everything else */
static void traverse_thread(struct marker *m, uint8_t *th, uint32_t node)
{
	uint64_t count;
	const uint8_t *stack = thread_stack(m, th, &count);

	mark_ref(m, get_ref(th + TH_ENV), node, m->steps.env);
	push(m, &m->threads, th);
	if (count == 0)
		m->trie->nodes[node].idle++;
	for (uint64_t i = 0; stack && i < count; i++) {
		uint64_t tv = get_u64(stack + i * 8);
		const uint8_t *fn = tv_type(tv) == T_FUNC ? at(m, tv_ref(tv), FUNC_UVPTR) : NULL;

		if (fn && fn[FUNC_FFID] == 0) {
			const uint8_t *pt = at(m, get_ref(fn + FUNC_PC) - PROTO_SIZE, PROTO_SIZE);

			if (pt)
				note_source(m, node, pt);
			break;
		}
	}
}

/* gc_mark for userdata; a string.buffer has references of its own */
static void traverse_udata(struct marker *m, uint8_t *ud, uint32_t node)
{
	mark_ref(m, get_ref(ud + UD_METATABLE), node, m->steps.metatable);
	mark_ref(m, get_ref(ud + UD_ENV), node, m->steps.env);
	if (ud[UD_UDTYPE] == UDTYPE_BUFFER) {
		const uint8_t *sb = ud + UD_SIZE;

		if (get_buffer_ptr(sb + SB_L) & SBUF_FLAG_COW)
			mark_ref(m, get_ref(sb + SB_COWREF), node, m->steps.array);
		mark_ref(m, get_ref(sb + SB_DICT_STR), node, m->steps.array);
		mark_ref(m, get_ref(sb + SB_DICT_MT), node, m->steps.metatable);
	}
}

static void mark_trace(struct marker *m, uint32_t traceno, uint32_t node)
{
	const uint8_t *J = at(m, m->vm->L.a + m->vm->layout->jit_state + m->vm->layout->irbuf, 80);
	const uint8_t *ref;

	if (!J || traceno == 0 || traceno >= get_u32(J + J_SIZETRACE))
		return;
	ref = at(m, get_ref(J + J_TRACE) + (uint64_t)traceno * REF, REF);
	if (ref && get_ref(ref))
		mark_object(m, get_ref(ref), node);
}

static bool irt_is64(uint8_t t)
{
	/* IRT_IS64 of lj_ir.h: NUM I64 U64 P64, and the reference types where references have 8 bytes */
	const uint32_t numbers = 1u << 14 | 1u << 21 | 1u << 22 | 1u << 9;
	const uint32_t refs = 1u << 0 | 1u << 3 | 1u << 4 | 1u << 6 | 1u << 7 | 1u << 8 | 1u << 10 | 1u << 11 | 1u << 12;

	return ((numbers | (GC64 ? refs : 1u << 3)) >> (t & 0x1f)) & 1;
}

/* gc_traverse_trace: all on one path, traces are never judged */
static void traverse_trace(struct marker *m, uint8_t *tr, uint32_t node)
{
	uint64_t ir = get_ref(tr + TR_IR);
	uint32_t nk = get_u32(tr + TR_NK);

	if (get_u16(tr + TR_TRACENO) == 0)
		return;
	for (uint32_t ref = nk; ref < REF_TRUE; ref++) {
		const uint8_t *ins = at(m, ir + (uint64_t)ref * IRINS_SIZE, IRINS_SIZE * 2);

		if (!ins) {
			fail(m, "trace outside the heap");
			return;
		}
		if (ins[5] == IR_KGC)
			mark_ref(m, GC64 ? get_ref(ins + IRINS_SIZE) : get_ref(ins), node, m->steps.array);
		if (irt_is64(ins[4]) && ins[5] != IR_KNULL)
			ref++;
	}
	mark_trace(m, get_u16(tr + TR_LINK), node);
	mark_trace(m, get_u16(tr + TR_NEXTROOT), node);
	mark_trace(m, get_u16(tr + TR_NEXTSIDE), node);
	mark_ref(m, get_ref(tr + TR_STARTPT), node, m->steps.proto);
}

/* propagatemark */
static void traverse(struct marker *m, uint8_t *p, uint32_t node)
{
	m->from = m->out->want_retained && p[O_GCT] != T_TRACE ? scratch_of(p) : 0;
	m->late = p[O_GCT] == T_TRACE;
	switch (p[O_GCT]) {
	case T_TAB: traverse_tab(m, p, node); break;
	case T_FUNC: traverse_func(m, p, node); break;
	case T_PROTO: traverse_proto(m, p, node); break;
	case T_THREAD: traverse_thread(m, p, node); break;
	case T_UDATA: traverse_udata(m, p, node); break;
	case T_TRACE: traverse_trace(m, p, node); break;
	}
}

/* -- Levels -------------------------------------------------------------- */

/* More string keys than a path may have? Asked once per path, over all tables found for it. */
static void decide_collapse(struct marker *m, uint32_t node, uint8_t **tables, size_t n)
{
	struct pair_map seen = {0};
	size_t slots = 0, distinct = 0;

	for (size_t i = 0; i < n && slots <= COLLAPSE_OVER; i++)
		if (tables[i][O_GCT] == T_TAB)
			slots += get_u32(tables[i] + TAB_HMASK) + 1;
	m->trie->nodes[node].collapse = 1;
	if (slots <= COLLAPSE_OVER)
		return;
	for (size_t i = 0; i < n && distinct <= COLLAPSE_OVER; i++) {
		uint32_t count;
		const uint8_t *nodes = tables[i][O_GCT] == T_TAB ? tab_nodes(m, tables[i], &count) : NULL;
		uint64_t last = 0;

		for (uint32_t k = 0; nodes && k < count && distinct <= COLLAPSE_OVER; k++) {
			uint64_t key = get_u64(nodes + (uint64_t)k * NODE_SIZE + NODE_KEY);

			if (tv_type(get_u64(nodes + (uint64_t)k * NODE_SIZE + NODE_VAL)) == T_NIL || tv_type(key) != T_STR ||
			    key == last || pair_map_get(&seen, key, 0) != NO_NODE)
				continue;
			last = key;
			distinct++;
			if (!pair_map_put(&seen, key, 0, 1))
				fail(m, "out of memory");
		}
	}
	pair_map_clear(&seen);
	if (distinct > COLLAPSE_OVER)
		m->trie->nodes[node].collapse = 2;
}

static const struct marker *sorting;	/* qsort has no context argument in C11 */

static int by_path(const void *a, const void *b)
{
	return trie_compare(sorting->trie, (uint32_t) * (const uint64_t *)a, (uint32_t) * (const uint64_t *)b);
}

/* Objects found for the level, grouped by path, the paths in order. */
static bool order_level(struct marker *m)
{
	struct trie *t = m->trie;
	size_t at_object = 0, kept = 0;

	for (size_t i = 0; i < m->touched.count; i++) {
		uint32_t node = (uint32_t)m->touched.list[i];

		if (t->nodes[node].pending)	/* else all moved to a smaller path */
			m->touched.list[kept++] = node;
	}
	m->touched.count = kept;
	sorting = m;
	qsort(m->touched.list, kept, sizeof(*m->touched.list), by_path);
	while (m->ordered.room < m->found.count) {
		size_t room = m->found.room;
		uint8_t **more = realloc(m->ordered.list, room * sizeof(*more));

		if (!more)
			return fail(m, "out of memory");
		m->ordered.list = more;
		m->ordered.room = room;
	}
	/* A path may be on the list twice if it emptied and filled again: the first takes all. */
	for (size_t i = 0; i < kept; i++) {
		struct node *n = &t->nodes[m->touched.list[i]];
		uint32_t pending = n->pending;

		if (i > 0 && m->touched.list[i] == m->touched.list[i - 1])
			continue;
		n->pending = (uint32_t)at_object;
		at_object += pending;
	}
	for (size_t i = 0; i < m->found.count; i++) {
		uint8_t *p = m->found.list[i];
		uint32_t node = path_of(m, p);

		if (t->nodes[node].pending >= m->found.count)
			return fail(m, "objects overlap");
		m->ordered.list[t->nodes[node].pending++] = p;
	}
	m->ordered.count = at_object;
	for (size_t i = 0; i < kept; i++)
		t->nodes[m->touched.list[i]].pending = 0;
	m->found.count = 0;
	return true;
}

static void expand_level(struct marker *m)
{
	size_t i = 0, n;

	if (!order_level(m))
		return;
	m->touched.count = 0;
	n = m->ordered.count;
	while (i < n && !m->failed) {
		uint32_t node = path_of(m, m->ordered.list[i]);
		size_t end = i;

		while (end < n && path_of(m, m->ordered.list[end]) == node)
			end++;
		if (m->trie->nodes[node].collapse == 0)
			decide_collapse(m, node, m->ordered.list + i, end - i);
		m->expanding = node;
		for (; i < end && !m->failed; i++) {
			if (i + 2 < end)
				__builtin_prefetch(m->ordered.list[i + 2]);
			traverse(m, m->ordered.list[i], node);
		}
	}
	m->from = 0;
	m->expanding = NO_NODE;
	m->failed |= m->trie->failed;
}

static bool propagate(struct marker *m)
{
	while (m->found.count > 0 && !m->failed)
		expand_level(m);
	return !m->failed;
}

/* -- Roots, in the order of their paths ---------------------------------- */

static void never_collapse(struct marker *m, uint32_t node)
{
	m->trie->nodes[node].collapse = 1;
}

static void mark_gcroot(struct marker *m, const uint8_t *g)
{
	static const char *const basemt[] = {"nil", "false", "true", "lightuserdata", "string", "upvalue", "thread", "proto",
					     "function", "trace", "cdata", "table", "userdata", "number"};
	const struct layout *l = m->vm->layout;

	for (int i = 0; i < l->gcroot_max; i++) {
		uint64_t ref = get_ref(g + l->gcroot + (unsigned)i * REF);
		char name[64] = "gcroot.mmname";

		if (!ref)
			continue;
		if (i >= BASEMT && i < IO_INPUT)
			snprintf(name, sizeof(name), "gcroot.basemt_%s", basemt[i - BASEMT]);
		else if (i >= IO_INPUT)
			snprintf(name, sizeof(name), "gcroot.%s", i == IO_INPUT ? "io_input" : i == IO_INPUT + 1 ? "io_output" : "ffi_fin");
		mark_object(m, ref, trie_root(m->trie, name));
	}
	if (l->vmthref && get_ref(g + l->vmthref))
		mark_object(m, get_ref(g + l->vmthref), trie_root(m->trie, "gcroot.vmthread"));
}

/* gc_mark_start */
static void mark_roots(struct marker *m, const uint8_t *g)
{
	const unsigned registrytv = G_REGISTRYTV - (m->vm->layout->small_buffers ? 16 : 0);	/* tmpbuf is before it */
	uint64_t registry = tv_ref(get_u64(g + registrytv)), loaded = 0;
	const uint8_t *reg = at(m, registry, TAB_SIZE), *L = at(m, m->vm->L.a, TH_STACKSIZE + 8);
	uint32_t node = trie_root(m->trie, "registry"), count;
	const uint8_t *nodes = reg ? tab_nodes(m, reg, &count) : NULL;

	if (!reg || !L) {
		fail(m, "no registry");
		return;
	}
	never_collapse(m, node);
	mark_object(m, registry, node);
	for (uint32_t i = 0; nodes && i < count; i++) {
		uint64_t key = get_u64(nodes + (uint64_t)i * NODE_SIZE + NODE_KEY);
		uint64_t val = get_u64(nodes + (uint64_t)i * NODE_SIZE + NODE_VAL);
		const uint8_t *s = tv_type(key) == T_STR ? at(m, tv_ref(key), STR_SIZE + 7) : NULL;

		if (s && tv_type(val) == T_TAB && get_u32(s + STR_LEN) == 7 && memcmp(s + STR_SIZE, "_LOADED", 7) == 0)
			loaded = tv_ref(val);
	}
	if (loaded) {
		node = trie_child(m->trie, node, trie_step(m->trie, "._LOADED", 8));
		never_collapse(m, node);
		mark_object(m, loaded, node);
	}
	node = trie_root(m->trie, "globals");
	never_collapse(m, node);
	mark_object(m, get_ref(L + TH_ENV), node);
	mark_object(m, m->vm->L.a, trie_root(m->trie, "main"));
	mark_gcroot(m, g);
}

static int thread_by_path(const void *a, const void *b)
{
	const uint8_t *x = *(uint8_t *const *)a, *y = *(uint8_t *const *)b;
	uint32_t nx = path_of(sorting, x), ny = path_of(sorting, y);

	return nx == ny ? (x > y) - (x < y) : trie_compare(sorting->trie, nx, ny);
}

#if !GC64
/* Four-byte frames keep the function in the low half of a slot, under a return address instead of a type. */
static void mark_hidden_functions(struct marker *m, const uint8_t *th, uint32_t node)
{
	uint64_t bottom = get_ref(th + TH_STACK), base = get_ref(th + TH_BASE);
	uint64_t frame = base - 8;

	for (int limit = 0; frame > bottom && limit < 1 << 16; limit++) {
		const uint8_t *f = at(m, frame, 8);
		uint32_t ftsz;

		if (!f)
			return;
		ftsz = get_u32(f + 4);
		if (get_u32(f))
			mark_object(m, get_u32(f), node);
		if ((ftsz & 3) == 0) {	/* FRAME_LUA: the call instruction before the return address tells the base */
			const uint8_t *pc = at(m, (uint64_t)ftsz - 4, 4);

			if (!pc)
				return;
			frame -= 8 + 8 * (uint64_t)pc[1];
		} else {
			frame -= ftsz & ~UINT32_C(7);
		}
	}
}
#endif

static void mark_stacks(struct marker *m)
{
	struct objects threads = m->threads;

	memset(&m->threads, 0, sizeof(m->threads));
	m->late = true;
	sorting = m;
	qsort(threads.list, threads.count, sizeof(*threads.list), thread_by_path);
	for (size_t i = 0; i < threads.count && !m->failed; i++) {
		uint64_t count;
		const uint8_t *stack = thread_stack(m, threads.list[i], &count);
		uint32_t node = child(m, path_of(m, threads.list[i]), m->steps.stack);

		m->from = m->out->want_retained ? scratch_of(threads.list[i]) : 0;
		if (count && !stack)
			fail(m, "stack outside the heap");
		for (uint64_t k = 0; stack && k < count; k++)
			mark_tv(m, get_u64(stack + k * 8), node);
#if !GC64
		mark_hidden_functions(m, threads.list[i], node);
#endif
	}
	m->from = 0;
	m->late = false;
	free(threads.list);
}

static bool mark_all(struct marker *m)
{
	const struct layout *l = m->vm->layout;
	const uint8_t *g = at(m, m->vm->g.a, l->gcroot + (uint64_t)l->gcroot_max * REF);
	size_t protos_done = 0;

	mark_roots(m, g);
	while (propagate(m) && m->threads.count > 0)
		mark_stacks(m);
	if (!m->failed && get_ref(g + l->cur_l))
		mark_object(m, get_ref(g + l->cur_l), trie_root(m->trie, "gcroot.cur_L"));
	do {
		while (propagate(m) && m->threads.count > 0)
			mark_stacks(m);
		for (; protos_done < m->protos.count && !m->failed; protos_done++)
			mark_trace(m, get_u16(m->protos.list[protos_done] + PROTO_TRACE), trie_root(m->trie, "gcroot.traces"));
	} while (!m->failed && m->found.count > 0);
	return !m->failed;
}

/* -- Weak tables, to a fixpoint ------------------------------------------ */

/* gc_mayclear: unmarked, and not a string */
static bool may_clear(struct marker *m, uint64_t tv)
{
	const uint8_t *p = tv_is_gcv(tv_type(tv)) && tv_type(tv) != T_STR ? at(m, tv_ref(tv), CDATA_SIZE) : NULL;

	return p && !is_marked(p);
}

/*
** gc_clearweak: entries whose weak side is dead go. True if one held a value that was marked through it: the
** next collection would not mark that, so marking starts again without the entry.
*/
static bool clear_weak(struct marker *m)
{
	bool again = false;

	for (size_t i = 0; i < m->nweak; i++) {
		uint8_t *t = m->weak[i].t, weak = m->weak[i].weak, *nodes;
		uint32_t count, asize;
		uint8_t *array = (uint8_t *)(uintptr_t)tab_array(m, t, &asize);

		for (uint32_t k = 0; array && (weak & WEAK_VALUE) && k < asize; k++)
			if (may_clear(m, get_u64(array + (uint64_t)k * 8)))
				set_u64(array + (uint64_t)k * 8, TV_NIL);
		nodes = tab_nodes(m, t, &count);
		for (uint32_t k = 0; nodes && k < count; k++) {
			uint8_t *n = nodes + (uint64_t)k * NODE_SIZE;
			uint64_t val = get_u64(n + NODE_VAL), key = get_u64(n + NODE_KEY);
			bool dead_key = (weak & WEAK_KEY) && may_clear(m, key);

			if (tv_type(val) == T_NIL || !(dead_key || ((weak & WEAK_VALUE) && may_clear(m, val))))
				continue;
			set_u64(n + NODE_VAL, TV_NIL);
			if ((!(weak & WEAK_VALUE) && tv_is_gcv(tv_type(val))) || (!(weak & WEAK_KEY) && tv_is_gcv(tv_type(key))))
				again = true;
		}
	}
	return again;
}

/* What is left in weak tables lives: count it, and mark the strings that only they hold. */
static void count_weak(struct marker *m)
{
	for (size_t i = 0; i < m->nweak && !m->failed; i++) {
		uint8_t *t = m->weak[i].t;
		uint32_t node = path_of(m, t), count, asize;
		const uint8_t *array = tab_array(m, t, &asize), *nodes = tab_nodes(m, t, &count);
		uint64_t array_used = 0, hash_used = 0;

		m->from = m->out->want_retained ? scratch_of(t) : 0;
		for (uint32_t k = 0; array && k < asize; k++) {
			uint64_t tv = get_u64(array + (uint64_t)k * 8);

			if (tv_type(tv) == T_NIL)
				continue;
			array_used++;
			if (tv_type(tv) == T_STR)
				mark_tv(m, tv, child(m, node, m->steps.array));
		}
		m->trie->nodes[node].entries[ENTRY_NUMBER] += array_used;
		for (uint32_t k = 0; nodes && k < count; k++) {
			uint64_t val = get_u64(nodes + (uint64_t)k * NODE_SIZE + NODE_VAL);
			uint64_t key = get_u64(nodes + (uint64_t)k * NODE_SIZE + NODE_KEY);

			if (tv_type(val) == T_NIL)
				continue;
			hash_used++;
			m->trie->nodes[node].entries[entry_kind(tv_type(key))]++;
			if (tv_type(key) == T_STR)
				mark_tv(m, key, child(m, node, m->steps.keys));
			if (tv_type(val) == T_STR)
				mark_tv(m, val, value_node(m, node, key, tv_type(key)));
		}
		count_slots(&m->trie->nodes[node], t, array_used, hash_used);
	}
	m->from = 0;
}

/* -- Unmark, for the next pass ------------------------------------------- */

static void unmark_list(struct marker *m, uint64_t ref)
{
	uint8_t *p;

	while (ref && spend(m, MIN_OBJECT) && (p = at(m, ref, CDATA_SIZE))) {
		p[O_MARKED] = (uint8_t)((p[O_MARKED] & ~MARK_WHITES) | 1);
		if (p[O_GCT] == T_THREAD)
			unmark_list(m, get_ref(p + TH_OPENUPVAL));	/* one level: upvalues have no lists */
		ref = get_ref(p + O_NEXTGC);
	}
}

static void unmark_all(struct marker *m)
{
	const uint8_t *g = at(m, m->vm->g.a, G_NILNODE);
	uint64_t table = get_ref(g + G_STRTAB), root = get_ref(g + G_MMUDATA), u = root;
	uint32_t mask = get_u32(g + G_STRMASK);
	uint8_t *p;

	m->budget = m->vm->im->mapped;
	unmark_list(m, get_ref(g + G_ROOT));
	for (uint64_t i = 0; i <= mask && !m->failed; i++) {
		const uint8_t *anchor = at(m, table + i * REF, REF);

		if (!anchor)
			break;
		unmark_list(m, get_ref(anchor) & ~UINT64_C(1));
	}
	while (u && spend(m, MIN_OBJECT) && (p = at(m, u, CDATA_SIZE))) {
		p[O_MARKED] = (uint8_t)((p[O_MARKED] & ~MARK_WHITES) | 1);
		u = get_ref(p + O_NEXTGC);
		if (u == root)
			break;
	}
}

/* -- All of it ----------------------------------------------------------- */

static void marker_reset(struct marker *m)
{
	struct trie *t = m->trie;
	struct steps *s = &m->steps;

	trie_free(t);
	trie_init(t);
	pair_map_clear(&m->edges);
	m->found.count = m->ordered.count = m->threads.count = m->protos.count = m->nweak = m->touched.count = 0;
	m->expanding = NO_NODE;
	m->last_metatable = 0;
	m->budget = m->vm->im->mapped + (1 << 20);
	memset(&m->out->fixed, 0, sizeof(m->out->fixed));
	m->from = 0;
	m->late = false;
	m->out->graph.count = 0;
	m->out->graph.nedges = 0;
	if (m->out->want_retained)
		graph_add(m, NULL, 0, NO_NODE);
	s->array = trie_step(t, "[*]", 3);
	s->strings = trie_step(t, "{*}", 3);
	s->keys = trie_step(t, ".<keys>", 7);
	s->boolean = trie_step(t, "[<boolean>]", 11);
	s->table = trie_step(t, "[<table>]", 9);
	s->function = trie_step(t, "[<function>]", 12);
	s->cdata = trie_step(t, "[<cdata>]", 9);
	s->userdata = trie_step(t, "[<userdata>]", 12);
	s->thread = trie_step(t, "[<thread>]", 10);
	s->lightud = trie_step(t, "[<lightuserdata>]", 17);
	s->metatable = trie_step(t, ".<metatable>", 12);
	s->env = trie_step(t, ".<env>", 6);
	s->proto = trie_step(t, ".<proto>", 8);
	s->stack = trie_step(t, ".<stack>", 8);
}

static void count_finalizable(struct marker *m)
{
	struct tally *sum = &m->out->finalizable;

	for (size_t i = 0; i < m->vm->finalizable.count; i++) {
		uint64_t addr = m->vm->finalizable.list[i], size;
		const uint8_t *p = at(m, addr, CDATA_SIZE);

		if (p && !is_marked(p) && account_object(m->vm, p, addr, &size)) {
			sum->objects++;
			sum->bytes += size;
		}
	}
}

static void sum_reachable(struct marker *m)
{
	for (uint32_t i = 0; i < m->trie->nnodes; i++) {
		for (int k = 0; k < NTYPES; k++) {
			m->out->reachable[k].objects += m->trie->nodes[i].own[k].objects;
			m->out->reachable[k].bytes += m->trie->nodes[i].own[k].bytes;
		}
	}
	m->out->fixed.objects = m->vm->fixed.objects - m->out->fixed.objects;
	m->out->fixed.bytes = m->vm->fixed.bytes - m->out->fixed.bytes;
}

bool VARIANT(vm_mark)(struct vm *vm, struct marking *out, name_address_fn name_address, void *context)
{
	struct marker m = {.vm = vm, .out = out, .trie = &out->trie, .name_address = name_address, .name_context = context};
	const uint8_t *g = at(&m, vm->g.a, vm->layout->gcroot + (uint64_t)vm->layout->gcroot_max * REF);
	bool again = true;

	*out = (struct marking){.want_retained = out->want_retained};
	m.mode_name = get_ref(g + vm->layout->gcroot + MM_MODE * REF);
	while (again && !m.failed) {
		if (out->passes++ > 0)
			unmark_all(&m);
		if (out->passes > MAX_PASSES)
			fail(&m, "weak tables did not settle");
		marker_reset(&m);
		again = mark_all(&m) && clear_weak(&m);
	}
	if (!m.failed)
		count_weak(&m);
	if (!m.failed) {
		count_finalizable(&m);
		sum_reachable(&m);
	}
	if (m.trie->failed)
		fail(&m, "out of memory");
	free(m.found.list);
	free(m.ordered.list);
	free(m.threads.list);
	free(m.protos.list);
	free(m.touched.list);
	free(m.weak);
	pair_map_clear(&m.edges);
	return !m.failed;
}

#if GC64 && !OLD
void marking_free(struct marking *m)
{
	struct object_graph *g = &m->graph;

	trie_free(&m->trie);
	free(g->path);
	free(g->size);
	free(g->leaf);
	free(g->from);
	free(g->to);
}
#endif
