/*
** Marking, as lj_gc.c does it, after full collections: breadth first, so that every object gets the shortest path, and
** the smallest among those. One function per object kind, named as in lj_gc.c. Compiled once per variant of object.h.
**
** It begins with what all of it shares, then gc_mark, one function per kind, and the levels; how it goes on from there to
** a whole marking stands at the end.
*/
#include "marker/marker.h"
#include "base/list.h"
#include "bulk/ahead.h"
#include "bulk/bulk.h"
#include "bulk/table-slots.h"
#include "luajit/frames.h"
#include "luajit/heap.h"
#include "luajit/proof.h"
#include "luajit/object-size.h"
#include "luajit/source.h"
#include "marker/cdata-names.h"
#include "marker/finalizers.h"
#include "marker/held.h"
#include "marker/methods.h"
#include "marker/stores.h"
#include "marker/unmark.h"
#include "paths/chain.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	WEAK_KEY = 1, WEAK_VALUE = 2,
	MAX_PASSES = 1000,
	COLLAPSE_OVER = 256,		/* string keys that a path may have before they are taken together */
	FIRST_OF_BULK = 1024,		/* one in so many is looked at before many are traversed in bulk */
};

/* Steps that every heap has. */
struct steps {
	uint32_t entry[NENTRIES];	/* from a table to a value, by the kind of its key */
	uint32_t keys, metatable, env, proto, stack;
};

struct objects {
	uint8_t **list;
	size_t count, room;
};

/* Neighbours among the found that share a path: to know it, none has to be fetched. */
struct run {
	uint32_t node, count;
};

/* Objects of one path among those of a level: the next place for one, and the end of its places. */
struct group {
	uint32_t node;
	size_t next, end;
};

struct weak_table {
	uint8_t *t;
	uint8_t weak;
};

struct marker {
	struct vm *vm;
	const struct proof *proof;	/* that goes on meanwhile; NULL: none does */
	struct marking *out;
	struct trie *trie;
	struct steps steps;
	struct pair_map edges;		/* (node, key) -> child: a key is named once per path */
	struct objects found;		/* containers found in this level */
	struct run *runs;		/* their paths as they were found */
	size_t nruns, runs_room;
	bool moved;			/* one has got a smaller path since: only the objects themselves know */
	struct objects ordered;		/* the level before, by path */
	struct addr_list touched;	/* paths that have objects in found */
	struct group *groups;		/* paths that have objects in ordered */
	size_t ngroups, groups_room;
	struct objects threads, protos;
	struct weak_table *weak;
	size_t nweak, weak_room;
	struct place *places;		/* what holds addresses, see held.h */
	size_t nplaces, places_room;
	uint32_t expanding;		/* path whose objects are being traversed */
	bool lean;			/* no path is made below it for a reference that changes nothing, see is_settled() */
	uint64_t mode_name, index_name;	/* addresses of the strings "__mode" and "__index" */
	struct lru_names lru;
	struct stores stores;
	uint64_t last_metatable;
	uint8_t last_weak;
	uint64_t classed_metatable;	/* the one that note_class() was asked for last */
	uint32_t classed_as;
	bool late;			/* stacks and traces: they hold nothing that is held otherwise */
	uint32_t from;			/* object whose references are being followed; 0: a root */
	uint64_t budget;		/* bytes that objects and slots may still take: damaged heaps overlap */
	name_address_fn name_address;
	void *name_context;
	bool failed;
};

static void mark_object(struct marker *m, uint64_t addr, uint32_t node);

/* -- The heap's copy -------------------------------------------------- */

static inline uint8_t *at(struct marker *m, uint64_t addr, uint64_t len)
{
	return image_at(m->vm->im, raddr(addr), len);
}

static inline bool fail(struct marker *m, const char *why)
{
	if (!m->vm->error[0])
		snprintf(m->vm->error, sizeof(m->vm->error), "%s", why);
	m->failed = true;
	return false;
}

/* Every object and slot has its own bytes, so all of them together fit into the image. */
static inline bool spend(struct marker *m, uint64_t bytes)
{
	if (bytes > m->budget)
		return fail(m, "objects overlap");
	m->budget -= bytes;
	return true;
}

/* -- Path numbers in objects ------------------------------------------ */

/* A field that only the collector or the string table uses holds the object's path from here on. */
static inline unsigned scratch_offset(unsigned gct)
{
	static const uint8_t offsets[] = {STR_SCRATCH, UPVAL_DHASH, TH_GCLIST, PROTO_GCLIST, FUNC_GCLIST,
					  TR_GCLIST, CDATA_SCRATCH, TAB_GCLIST, UD_SCRATCH};

	_Static_assert(sizeof(offsets) == T_UDATA - T_STR + 1, "a field for each kind of object");
	/* In a damaged heap objects overlap: a path that was written into another may have changed what this one is. */
	return gct - T_STR < sizeof(offsets) ? offsets[gct - T_STR] : offsets[0];
}

static inline uint32_t scratch_of(const uint8_t *p)
{
	return get_u32(p + scratch_offset(p[O_GCT]));
}

/* With a graph the field holds the object's number, and the graph its path. */
static inline uint32_t path_of(const struct marker *m, const uint8_t *p)
{
	uint32_t v = scratch_of(p);

	if (m->out->want_retained)
		v = v < m->out->graph.count ? m->out->graph.path[v] : 0;
	return v < m->trie->nnodes ? v : 0;	/* in a damaged heap objects overlap, and so do their paths */
}

static inline void set_path(struct marker *m, uint8_t *p, uint32_t node)
{
	assert(node < m->trie->nnodes);
	if (!m->out->want_retained)
		set_u32(p + scratch_offset(p[O_GCT]), node);
	else if (scratch_of(p) < m->out->graph.count)
		m->out->graph.path[scratch_of(p)] = node;
}

static inline bool has_scratch(const uint8_t *p)
{
	return GC64 || p[O_GCT] != T_CDATA;	/* a 4-byte cdata header has no field to spare */
}

/* -- Who holds addresses ---------------------------------------------- */

/* An object without a field for its path, or a light userdata, holds an address at a path. */
static void note_place(struct marker *m, uint32_t node, uint64_t address, bool is_address, uint32_t object)
{
	if (!m->out->holders)
		return;
	if (LIST_HAS_ROOM(m->places, m->nplaces, m->places_room))
		m->places[m->nplaces++] = (struct place){node, is_address, address, object};
	else
		fail(m, "out of memory");
}

/* Most light userdata are ngx.null or name something in the program: only addresses of blocks are worth a note. */
static void note_lightud(struct marker *m, uint32_t node, uint64_t tv)
{
	const uint64_t address = m->out->holders ? heap_lightud(m->vm, tv) : 0;
	struct block k;

	if (address && block_at(&m->out->holders->blocks, address, &k))
		note_place(m, node, address, true, 0);
}

/* -- Going on from an object ------------------------------------------ */

static void push(struct marker *m, struct objects *l, uint8_t *p)
{
	if (LIST_HAS_ROOM(l->list, l->count, l->room))
		l->list[l->count++] = p;
	else
		fail(m, "out of memory");
}

/* A container of that path is to be traversed in the next level. */
static void found(struct marker *m, uint8_t *p, uint32_t node)
{
	push(m, &m->found, p);
	if (m->nruns && m->runs[m->nruns - 1].node == node)
		m->runs[m->nruns - 1].count++;
	else if (LIST_HAS_ROOM(m->runs, m->nruns, m->runs_room))
		m->runs[m->nruns++] = (struct run){node, 1};
	else
		fail(m, "out of memory");
}

static inline uint32_t child(struct marker *m, uint32_t node, uint32_t step)
{
	return trie_child(m->trie, node, step);
}

static inline void mark_tv(struct marker *m, uint64_t tv, uint32_t node)
{
	uint32_t type = tv_type(tv);

	if (tv_is_gcv(type))
		mark_object(m, tv_ref(tv), node);
	else if (type == T_LIGHTUD)
		note_lightud(m, node, tv);
}

/* Reached before, and not by a sibling's step: whatever the path of this reference is, mark_again() would leave it as it is. */
static inline bool is_settled(struct marker *m, uint64_t addr)
{
	const uint8_t *p = m->lean ? at(m, addr, CDATA_SIZE) : NULL;

	return heap_is_object(p) && heap_is_marked(p) && (!has_scratch(p) || m->trie->nodes[path_of(m, p)].parent != m->expanding);
}

static inline void mark_ref(struct marker *m, uint64_t ref, uint32_t node, uint32_t step)
{
	if (ref && !is_settled(m, ref))
		mark_object(m, ref, child(m, node, step));
}

/* -- Tallies ---------------------------------------------------------- */

/* Of which C type a cdata is, and what frees it; sign -1 takes it away. */
static void count_cdata(struct marker *m, const uint8_t *cd, uint64_t addr, uint32_t node, int64_t sign)
{
	uint32_t finalizer;

	if (!finalizers_find(&m->out->cdata, m->vm, cd, addr, &finalizer) ||
	    !cdata_count(&m->out->cdata, node, get_u16(cd + CDATA_CTYPEID), finalizer, sign))
		fail(m, "out of memory");
}

/* Count an object at a path; sign -1 takes it away. */
static void tally(struct marker *m, const uint8_t *p, uint64_t addr, uint32_t node, int64_t sign)
{
	struct node *n = &m->trie->nodes[node];
	unsigned type = p[O_GCT] - T_STR;
	uint64_t size = 0;

	if (!object_size(m->vm, p, addr, &size)) {
		fail(m, "object without a size");
		return;
	}
	n->own[type].objects += (uint64_t)sign;
	n->own[type].bytes += (uint64_t)sign * size;
	n->payload += (uint64_t)sign * object_payload(p, size);
	if (p[O_GCT] == T_CDATA)
		count_cdata(m, p, addr, node, sign);
	if (p[O_GCT] == T_STR && m->out->want_details)
		string_sizes_count(&m->out->strings, (struct large_string){addr, size, node}, sign);
}

/* Pinned strings that a path reaches; sum_reachable() turns them into those that none does. */
static void note_fixed(struct marker *m, const uint8_t *s)
{
	if (get_marked(s) & MARK_FIXED) {
		m->out->fixed.objects++;
		m->out->fixed.bytes += object_str_size(s);
	}
}

/* -- The graph, where retained bytes are asked for -------------------- */

static void note_object(struct marker *m, uint8_t *p, uint64_t size, uint32_t node)
{
	const uint32_t number = m->out->graph.count;

	if (!graph_add(&m->out->graph, node, size, p[O_GCT] == T_STR || p[O_GCT] == T_CDATA))
		fail(m, "out of memory");
	else if (has_scratch(p))
		set_u32(p + scratch_offset(p[O_GCT]), number);
}

static void note_reference(struct marker *m, uint32_t to)
{
	if (!graph_refer(&m->out->graph, m->from, to))
		fail(m, "out of memory");
}

/* -- gc_mark: an object is reached ------------------------------------ */

static void wait_for(struct marker *m, const uint8_t *p, uint32_t node)
{
	struct node *n = &m->trie->nodes[node];

	if (n->pending++ == 0 && !addr_list_push(&m->touched, node))
		fail(m, "out of memory");
	if (p[O_GCT] == T_TAB)
		n->slots_found += heap_hash_slots(p);
}

/* In a damaged heap upvalues could hold upvalues, nested without end. */
static bool holds_upvalue(struct marker *m, uint64_t tv)
{
	const uint8_t *p = tv_is_gcv(tv_type(tv)) ? at(m, tv_ref(tv), CDATA_SIZE) : NULL;

	return p && p[O_GCT] == T_UPVAL;
}

/* An upvalue and its value share a path; an open one's value is still on a stack. */
static void mark_upvalue_value(struct marker *m, const uint8_t *uv, uint32_t node)
{
	const uint8_t *v = at(m, get_ref(uv + UPVAL_V), 8);
	const uint32_t from = m->from;

	if (m->out->want_retained)
		m->from = scratch_of(uv);
	if (v && !holds_upvalue(m, get_u64(v)))
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
		note_reference(m, scratch_of(p));
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
		m->moved = true;
		wait_for(m, p, node);
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

	if (!heap_is_object(p)) {
		fail(m, "reference to no object");
		return;
	}
	if (heap_is_marked(p)) {
		mark_again(m, p, addr, node);
		return;
	}
	if (!spend(m, CDATA_SIZE))
		return;
	set_marked(p, get_marked(p) | MARK_WHITES);
	if (p[O_GCT] == T_STR) {
		lru_note_name(&m->lru, m->vm, p, addr);
		note_fixed(m, p);
	}
	tally(m, p, addr, node, 1);
	if (m->out->want_retained) {
		uint64_t size = 0;

		object_size(m->vm, p, addr, &size);
		note_object(m, p, size, node);
		note_reference(m, m->out->graph.count - 1);
		if (m->failed)
			return;
	} else if (has_scratch(p)) {
		set_path(m, p, node);
	}
	if (!has_scratch(p))
		note_place(m, node, addr, false, m->out->want_retained && (get_marked(p) & MARK_CDATA_FIN) ? m->out->graph.count - 1 : 0);
	if (p[O_GCT] == T_UPVAL) {
		mark_upvalue_value(m, p, node);
	} else if (p[O_GCT] != T_STR && p[O_GCT] != T_CDATA) {
		wait_for(m, p, node);
		found(m, p, node);
	}
}

/* -- The path under a key --------------------------------------------- */

static uint32_t step_for_lightud(struct marker *m, uint64_t tv)
{
	char text[256] = "[<";
	size_t n = m->name_address ? m->name_address(m->name_context, heap_lightud(m->vm, tv), text + 2, sizeof(text) - 5) : 0;

	if (n == 0)
		return m->steps.entry[ENTRY_LIGHTUD];
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
		return m->steps.entry[ENTRY_STRING];
	}
	return trie_step_for_key(m->trie, s + STR_SIZE, len);
}

static enum entry_kind key_kind(uint32_t key_type)
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

/* The path of the value that a table has under a key. Strings and light userdata have names, unless there are too many strings. */
static uint32_t value_node(struct marker *m, uint32_t node, uint64_t key, uint32_t type)
{
	uint32_t id;

	if (type == T_STR ? m->trie->nodes[node].collapse == 2 : type != T_LIGHTUD)
		return child(m, node, m->steps.entry[key_kind(type)]);
	id = pair_map_get(&m->edges, node, key);
	if (id == NO_NODE) {
		id = child(m, node, type == T_STR ? step_for_string(m, tv_ref(key)) : step_for_lightud(m, key));
		if (!pair_map_put(&m->edges, node, key, id))
			fail(m, "out of memory");
	}
	return id;
}

static void decide_collapse(struct marker *m, uint32_t node, uint8_t *const *tables, size_t n)
{
	struct pair_map seen = {0};
	size_t distinct = 0;

	m->trie->nodes[node].collapse = 1;
	if (m->trie->nodes[node].slots_found <= COLLAPSE_OVER)
		return;
	for (size_t i = 0; i < n && distinct <= COLLAPSE_OVER; i++) {
		uint32_t count;
		const uint8_t *nodes = tables[i][O_GCT] == T_TAB ? heap_nodes(m->vm, tables[i], &count) : NULL;
		uint64_t last = 0;

		if (i + AHEAD < n)
			ahead_object(tables[i + AHEAD]);
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

/* -- Many references of one path: see bulk.h ---------------------------- */

/* What is reached by a sibling's step as well is told by the parent of both, which a chain does not have. */
static bool bulk_is_worth_it(struct marker *m, uint32_t node, uint32_t items, uint64_t count)
{
	return count >= m->out->bulk_from && !m->out->want_retained && !m->out->want_details && m->expanding == node &&
	       !m->trie->nodes[node].chain && (items == NO_NODE || m->trie->nodes[items].parent == node);
}

static struct bulk bulk_of(struct marker *m, uint32_t node, uint32_t items)
{
	return (struct bulk){.vm = m->vm, .trie = m->trie, .node = node, .items = items, .worth = m->out->bulk_from,
			     .budget = m->budget, .light = m->out->holders, .busy = m->proof ? &m->proof->busy : NULL};
}

static void add_bulk_found(struct marker *m, const struct bulk_list *l, uint32_t node)
{
	struct node *n = &m->trie->nodes[node];

	if (l->count && n->pending == 0 && !addr_list_push(&m->touched, node))
		fail(m, "out of memory");
	n->pending += (uint32_t)l->count;
	for (size_t i = 0; i < l->count; i++)
		found(m, l->list[i], node);
}

/* What is left is to be done once this is there. */
static void add_bulk(struct marker *m, const struct bulk *b, const struct bulk_outcome *o)
{
	if (o->failed || !spend(m, o->spent)) {
		fail(m, "out of memory");
		return;
	}
	trie_absorb(&m->trie->nodes[b->node], &o->tables);
	m->out->fixed.objects += o->fixed.objects;
	m->out->fixed.bytes += o->fixed.bytes;
	for (int i = 0; i < LRU_NAMES; i++)
		m->lru.of[i] = o->lru.of[i] ? o->lru.of[i] : m->lru.of[i];
	if (b->items != NO_NODE) {
		trie_absorb(&m->trie->nodes[b->items], &o->items);
		m->trie->nodes[b->items].slots_found += o->items.slots_found;
		add_bulk_found(m, &o->found, b->items);
	}
	for (size_t i = 0; i < o->values_left.count && !m->failed; i++) {
		const uint64_t tv = o->values_left.list[i];

		mark_tv(m, tv, tv_is_gcv(tv_type(tv)) ? b->items : b->node);
	}
}

/* Returns how many values are not nil. */
static uint64_t mark_array(struct marker *m, uint32_t node, uint32_t items, const uint8_t *array, uint64_t count)
{
	const struct bulk b = bulk_of(m, node, items);
	struct bulk_outcome o = bulk_array(&b, array, count);

	add_bulk(m, &b, &o);
	bulk_outcome_free(&o);
	return o.used;
}

/* -- Tables ----------------------------------------------------------- */

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
	mode = mt ? heap_tab_getstr(m->vm, mt, m->mode_name) : TV_NIL;
	s = tv_type(mode) == T_STR ? at(m, tv_ref(mode), STR_SIZE) : NULL;
	for (uint32_t i = 0; s && i < get_u32(s + STR_LEN) && at(m, tv_ref(mode), STR_SIZE + (uint64_t)i + 1); i++)
		weak |= s[STR_SIZE + i] == 'k' ? WEAK_KEY : s[STR_SIZE + i] == 'v' ? WEAK_VALUE : 0;
	m->last_metatable = metatable;
	m->last_weak = weak;
	return weak;
}

/* One live entry of the hash part. */
static void mark_entry(struct marker *m, uint32_t node, uint64_t key, uint64_t val, uint8_t weak)
{
	uint32_t type = tv_type(key);

	if (tv_is_gcv(type) && !(weak & WEAK_KEY))
		mark_ref(m, tv_ref(key), node, m->steps.keys);
	if (tv_is_gcv(tv_type(val)) && !(weak & WEAK_VALUE) && !is_settled(m, tv_ref(val)))
		mark_object(m, tv_ref(val), value_node(m, node, key, type));
	else if (tv_type(val) == T_LIGHTUD)
		note_lightud(m, node, val);
}

static void remember_weak(struct marker *m, uint8_t *t, uint8_t weak)
{
	if (LIST_HAS_ROOM(m->weak, m->nweak, m->weak_room))
		m->weak[m->nweak++] = (struct weak_table){t, weak};
	else
		fail(m, "out of memory");
}

/* A table at this path has that metatable. */
static void note_class(struct marker *m, uint64_t metatable, uint32_t node)
{
	struct node *n = &m->trie->nodes[node];

	if (n->parent == NO_NODE)
		return;	/* the global table may have a guard, but is no object of its class */
	if (metatable != m->classed_metatable) {
		m->classed_metatable = metatable;
		if (!methods_class(&m->out->classes, m->vm, metatable, &m->classed_as))
			fail(m, "out of memory");
	}
	if (!m->classed_as)
		return;
	n->classed++;
	n->class = class_common(n->class, m->out->classes.list[m->classed_as - 1]);
}

/* What is counted of a table whose entries are strong. */
struct table_count {
	uint64_t array_used, hash_used, entries[NENTRIES];	/* entries: of the hash part */
	bool has_lru, has_index;	/* it has a field of a resty.lrucache, or one that makes it a metatable */
};

/* The array part. Returns false where it is not in the image. */
static bool traverse_array(struct marker *m, const uint8_t *t, uint32_t node, struct table_count *c)
{
	uint32_t asize, items = NO_NODE;
	const uint8_t *array = heap_array(m->vm, t, &asize);

	if (asize && !array)
		return fail(m, "array part outside the heap");
	for (uint32_t i = 0; i < asize; i++) {
		uint64_t tv = get_u64(array + (uint64_t)i * 8);

		if (tv == TV_NIL || tv_type(tv) == T_NIL)
			continue;
		c->array_used++;
		if (!tv_is_gcv(tv_type(tv))) {
			if (tv_type(tv) == T_LIGHTUD)
				note_lightud(m, node, tv);
			continue;
		}
		if (i + AHEAD < asize)
			ahead_value(m->vm, get_u64(array + ((uint64_t)i + AHEAD) * 8));
		if (items == NO_NODE) {
			items = child(m, node, m->steps.entry[ENTRY_NUMBER]);
			if (bulk_is_worth_it(m, node, items, asize - i)) {
				c->array_used += mark_array(m, node, items, array + (uint64_t)i * 8, asize - i) - 1;
				return !m->failed;
			}
		}
		mark_object(m, tv_ref(tv), items);
	}
	return true;
}

/* The hash part. Of a weak table nothing is counted yet: whether an entry lives is known when marking is done. */
static bool traverse_hash(struct marker *m, const uint8_t *t, uint32_t node, uint8_t weak, struct table_count *c)
{
	uint32_t count;
	const uint8_t *nodes = heap_nodes(m->vm, t, &count);

	if (count && !nodes)
		return fail(m, "hash part outside the heap");
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *n = nodes + (uint64_t)i * NODE_SIZE;
		uint64_t val = get_u64(n + NODE_VAL), key = get_u64(n + NODE_KEY);

		if (i + AHEAD / 2 < count) {
			ahead_value(m->vm, get_u64(n + AHEAD / 2 * NODE_SIZE + NODE_VAL));
			ahead_value(m->vm, get_u64(n + AHEAD / 2 * NODE_SIZE + NODE_KEY));
		}
		if (tv_type(val) == T_NIL)
			continue;	/* the key may be dead and dangle */
		mark_entry(m, node, key, val, weak);
		if (weak)
			continue;
		c->hash_used++;
		c->entries[key_kind(tv_type(key))]++;
		c->has_lru |= tv_type(key) == T_STR && tv_ref(key) == m->lru.of[LRU_ITEMS];
		c->has_index |= tv_type(key) == T_STR && tv_ref(key) == m->index_name;
	}
	return true;
}

/* gc_traverse_tab */
static void traverse_tab(struct marker *m, uint8_t *t, uint32_t node)
{
	const uint8_t weak = weak_mode(m, t);
	const uint64_t metatable = get_ref(t + TAB_METATABLE);
	struct table_count c = {0};
	struct node *n;

	mark_ref(m, metatable, node, m->steps.metatable);
	if (metatable) {
		note_class(m, metatable, node);
		if (!stores_note_object(&m->stores, t, metatable, node))
			fail(m, "out of memory");
	}
	if (!spend(m, (uint64_t)get_u32(t + TAB_ASIZE) * 8 + heap_hash_slots(t) * NODE_SIZE))
		return;
	if (weak) {
		remember_weak(m, t, weak);
		m->trie->nodes[node].weak |= weak;
	}
	if (!(weak & WEAK_VALUE) && !traverse_array(m, t, node, &c))
		return;
	if (!traverse_hash(m, t, node, weak, &c) || weak)
		return;
	n = &m->trie->nodes[node];
	n->entries[ENTRY_NUMBER] += c.array_used;
	for (int i = 0; c.hash_used && i < NENTRIES; i++)
		n->entries[i] += c.entries[i];
	table_slots_count(n, t, c.array_used, c.hash_used);
	n->metatables += c.has_index;
	if (c.has_lru)
		lru_count(&m->lru, m->vm, n, t);
}

/* -- Functions and prototypes ----------------------------------------- */

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

/* True for the first object of a prototype at a path. */
static bool count_definition(struct marker *m, uint32_t node, const uint8_t *proto)
{
	bool is_new;

	if (!definitions_count(&m->out->definitions, node, proto, &is_new))
		fail(m, "out of memory");
	return is_new;
}

/* A function or thread counts where it is defined; the smallest source among a path's functions stands for all of them. */
static void note_source(struct marker *m, uint32_t node, const uint8_t *proto)
{
	struct node *n = &m->trie->nodes[node];
	char a[512], b[512];

	if (!count_definition(m, node, proto))
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
		if (!stores_note_function(&m->stores, fn, proto))
			fail(m, "out of memory");
		mark_ref(m, proto, node, m->steps.proto);
		for (uint32_t i = 0; i < n; i++) {
			const uint64_t upvalue = get_ref(fn + FUNC_UVPTR + i * REF);

			if (!is_settled(m, upvalue))
				mark_object(m, upvalue, upvalue_node(m, node, names, end, i, proto));
		}
	} else {
		for (uint32_t i = 0; i < n; i++) {
			uint64_t tv = get_u64(fn + FUNC_C_UPVALUE + i * 8);

			if (tv_is_gcv(tv_type(tv)))
				mark_tv(m, tv, child(m, node, upvalue_step(m, NULL, 0, i)));
			else if (tv_type(tv) == T_LIGHTUD)
				note_lightud(m, node, tv);
		}
	}
}

/* gc_traverse_proto: constants; its traces come last */
static void traverse_proto(struct marker *m, uint8_t *pt, uint32_t node)
{
	uint32_t n = get_u32(pt + PROTO_SIZEKGC);
	uint64_t k = get_ref(pt + PROTO_K);
	const uint8_t *consts = n ? at(m, k - (uint64_t)n * REF, (uint64_t)n * REF) : NULL;

	count_definition(m, node, pt);
	mark_ref(m, get_ref(pt + PROTO_CHUNKNAME), node, m->steps.entry[ENTRY_NUMBER]);
	if (n && !consts) {
		fail(m, "constants outside the heap");
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint64_t ref = get_ref(consts + (uint64_t)i * REF);
		const uint8_t *p = at(m, ref, CDATA_SIZE);

		mark_ref(m, ref, node, p && p[O_GCT] == T_PROTO ? m->steps.proto : m->steps.entry[ENTRY_NUMBER]);
	}
	if (get_u16(pt + PROTO_TRACE))
		push(m, &m->protos, pt);
}

/* -- Threads and userdata --------------------------------------------- */

/* gc_traverse_thread: its stack comes after everything else */
static void traverse_thread(struct marker *m, uint8_t *th, uint32_t node)
{
	const uint8_t *proto = frame_first_proto(m->vm, th);
	uint64_t count;

	mark_ref(m, get_ref(th + TH_ENV), node, m->steps.env);
	push(m, &m->threads, th);
	heap_stack(m->vm, th, &count);
	if (count == 0)
		m->trie->nodes[node].idle++;
	if (proto)
		note_source(m, node, proto);
}

/* gc_mark for userdata; a string.buffer has references of its own */
static void traverse_udata(struct marker *m, uint8_t *ud, uint32_t node)
{
	mark_ref(m, get_ref(ud + UD_METATABLE), node, m->steps.metatable);
	mark_ref(m, get_ref(ud + UD_ENV), node, m->steps.env);
	if (ud[UD_UDTYPE] == UDTYPE_BUFFER) {
		const uint8_t *sb = ud + UD_SIZE;

		if (get_buffer_ptr(sb + SB_L) & SBUF_FLAG_COW)
			mark_ref(m, get_ref(sb + SB_COWREF), node, m->steps.entry[ENTRY_NUMBER]);
		mark_ref(m, get_ref(sb + SB_DICT_STR), node, m->steps.entry[ENTRY_NUMBER]);
		mark_ref(m, get_ref(sb + SB_DICT_MT), node, m->steps.metatable);
	}
}

/* -- Traces ----------------------------------------------------------- */

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
			mark_ref(m, GC64 ? get_ref(ins + IRINS_SIZE) : get_ref(ins), node, m->steps.entry[ENTRY_NUMBER]);
		if (irt_is64(ins[4]) && ins[5] != IR_KNULL)
			ref++;
	}
	mark_trace(m, get_u16(tr + TR_LINK), node);
	mark_trace(m, get_u16(tr + TR_NEXTROOT), node);
	mark_trace(m, get_u16(tr + TR_NEXTSIDE), node);
	mark_ref(m, get_ref(tr + TR_STARTPT), node, m->steps.proto);
}

/* -- propagatemark: one object ---------------------------------------- */

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

static void traverse_all(struct marker *m, uint32_t node, uint8_t *const *list, size_t count)
{
	for (size_t i = 0; i < count && !m->failed; i++) {
		ahead_list(m->vm, list + i, count - i);
		traverse(m, list[i], node);
	}
}

/* -- In the order of paths -------------------------------------------- */

/* No comparison has a context argument: see trie_sort(). */

static int by_path(const void *a, const void *b)
{
	return trie_compare(trie_sorting, (uint32_t) * (const uint64_t *)a, (uint32_t) * (const uint64_t *)b);
}

/* An object with its path beside it: a comparison need not fetch the object. */
struct placed {
	uint8_t *p;
	uint32_t node;
};

static int placed_by_path(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	return x->node == y->node ? (x->p > y->p) - (x->p < y->p) : trie_compare(trie_sorting, x->node, y->node);
}

static bool order_objects(struct marker *m, struct objects *l)
{
	struct placed *placed = malloc((l->count + 1) * sizeof(*placed));

	if (!placed)
		return fail(m, "out of memory");
	for (size_t i = 0; i < l->count; i++) {
		if (i + AHEAD < l->count)
			ahead_object(l->list[i + AHEAD]);
		placed[i] = (struct placed){l->list[i], path_of(m, l->list[i])};
	}
	trie_sort(m->trie, placed, l->count, sizeof(*placed), placed_by_path);
	for (size_t i = 0; i < l->count; i++)
		l->list[i] = placed[i].p;
	free(placed);
	return true;
}

/* -- A level: all that is reached by as many steps -------------------- */

/* The paths that have objects in the level, in order, each once. */
static void order_paths(struct marker *m)
{
	uint64_t *list = m->touched.list;
	size_t kept = 0, n = 0;

	for (size_t i = 0; i < m->touched.count; i++)
		if (m->trie->nodes[list[i]].pending)	/* else all moved to a smaller path */
			list[kept++] = list[i];
	trie_sort(m->trie, list, kept, sizeof(*list), by_path);
	for (size_t i = 0; i < kept; i++)	/* twice, if a path emptied and filled again */
		if (i == 0 || list[i] != list[i - 1])
			list[n++] = list[i];
	m->touched.count = n;
}

/* Room for as many objects and groups. */
static bool make_room(struct marker *m, size_t objects, size_t groups)
{
	uint8_t **list = m->ordered.room < objects ? realloc(m->ordered.list, m->found.room * sizeof(*list)) : m->ordered.list;
	struct group *more = m->groups_room < groups ? realloc(m->groups, m->touched.room * sizeof(*more)) : m->groups;

	if (list && list != m->ordered.list) {
		m->ordered.list = list;
		m->ordered.room = m->found.room;
	}
	if (more && more != m->groups) {
		m->groups = more;
		m->groups_room = m->touched.room;
	}
	return list && more ? true : fail(m, "out of memory");
}

/* Give each path of the level its places. */
static void make_groups(struct marker *m)
{
	size_t begin = 0;

	m->ngroups = m->touched.count;
	for (size_t i = 0; i < m->ngroups; i++) {
		struct node *n = &m->trie->nodes[m->touched.list[i]];

		m->groups[i] = (struct group){(uint32_t)m->touched.list[i], begin, begin + n->pending};
		begin += n->pending;
		n->pending = (uint32_t)i;
	}
}

/* Put objects that have a path in common among their group. */
static bool place(struct marker *m, uint8_t *const *list, uint32_t node, size_t count)
{
	const uint32_t i = m->trie->nodes[node].pending;
	struct group *g = i < m->ngroups ? &m->groups[i] : NULL;

	if (!g || g->node != node || g->end - g->next < count)
		return fail(m, "objects overlap");
	memcpy(m->ordered.list + g->next, list, count * sizeof(*list));
	g->next += count;
	return true;
}

static bool place_runs(struct marker *m)
{
	uint8_t *const *at_object = m->found.list;

	for (size_t i = 0; i < m->nruns; at_object += m->runs[i++].count)
		if (!place(m, at_object, m->runs[i].node, m->runs[i].count))
			return false;
	return true;
}

static bool place_each(struct marker *m)
{
	for (size_t i = 0; i < m->found.count; i++) {
		if (i + AHEAD < m->found.count)
			ahead_object(m->found.list[i + AHEAD]);
		if (!place(m, m->found.list + i, path_of(m, m->found.list[i]), 1))
			return false;
	}
	return true;
}

/* Objects found for the level, grouped by path, the paths in order. */
static bool order_level(struct marker *m)
{
	order_paths(m);
	if (!make_room(m, m->found.count, m->touched.count))
		return false;
	make_groups(m);
	if (!(m->moved ? place_each(m) : place_runs(m)))
		return false;
	for (size_t i = 0; i < m->ngroups; i++)
		m->trie->nodes[m->groups[i].node].pending = 0;
	m->found.count = m->touched.count = m->nruns = 0;
	m->moved = false;
	return true;
}

/* The first of a group are traversed one by one: they show what the others are like, and make the path of what those refer to. */
static size_t first_of_group(const struct marker *m, size_t count)
{
	const size_t most = m->out->bulk_from / FIRST_OF_BULK + 1;

	return count < most ? count : most;
}

/* Objects of one path. Returns how many are done: the others are to be traversed one by one. */
static size_t traverse_in_bulk(struct marker *m, uint32_t node, uint8_t *const *list, size_t count)
{
	const uint32_t items = pair_map_get(&m->trie->children, node, m->steps.entry[ENTRY_NUMBER]);
	const struct bulk b = bulk_of(m, node, items);
	struct bulk_outcome o;

	if (!bulk_is_worth_it(m, node, items, count) || !bulk_mostly_simple(list, first_of_group(m, count)))
		return 0;
	o = bulk_tables(&b, list, count);
	add_bulk(m, &b, &o);
	traverse_all(m, node, o.tables_left.list, o.tables_left.count);
	bulk_outcome_free(&o);
	return count;
}

/* Objects of one path. */
static void expand_group(struct marker *m, uint32_t node, uint8_t *const *list, size_t count)
{
	size_t done = first_of_group(m, count);

	if (m->trie->nodes[node].collapse == 0)
		decide_collapse(m, node, list, count);
	m->expanding = node;
	m->lean = !m->out->want_retained && !chain_may_link(m->trie, node);	/* a graph has all references; a chain is one by its steps */
	traverse_all(m, node, list, done);
	if (!m->failed)
		done += traverse_in_bulk(m, node, list + done, count - done);
	traverse_all(m, node, list + done, count - done);
}

static void expand_level(struct marker *m)
{
	size_t begin = 0;

	if (!order_level(m))
		return;
	for (size_t i = 0; i < m->ngroups && !m->failed; i++) {
		expand_group(m, m->groups[i].node, m->ordered.list + begin, m->groups[i].end - begin);
		begin = m->groups[i].end;
	}
	m->from = 0;
	m->expanding = NO_NODE;
	m->lean = false;
	m->failed |= m->trie->failed;
}

static bool propagate(struct marker *m)
{
	while (m->found.count > 0 && !m->failed)
		expand_level(m);
	return !m->failed;
}

/* -- Stacks: what only they hold comes after all else ----------------- */

static void mark_hidden_functions(struct marker *m, const uint8_t *th, uint32_t node)
{
	struct frame f = frame_top(th);
	uint64_t func;

	while (frame_next(m->vm, &f, &func))
		if (func)
			mark_object(m, func, node);
}

static void mark_stacks(struct marker *m)
{
	struct objects threads = m->threads;

	memset(&m->threads, 0, sizeof(m->threads));
	m->late = true;
	if (!order_objects(m, &threads))
		threads.count = 0;
	for (size_t i = 0; i < threads.count && !m->failed; i++) {
		uint64_t count;
		const uint8_t *stack;
		uint32_t node;

		ahead_list(m->vm, threads.list + i, threads.count - i);
		stack = heap_stack(m->vm, threads.list[i], &count);
		node = child(m, path_of(m, threads.list[i]), m->steps.stack);

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

/* -- Weak tables: what only they hold is gone after full collections -- */

/* gc_mayclear: unmarked, and not a string */
static bool may_clear(struct marker *m, uint64_t tv)
{
	const uint8_t *p = tv_is_gcv(tv_type(tv)) && tv_type(tv) != T_STR ? at(m, tv_ref(tv), CDATA_SIZE) : NULL;

	return p && !heap_is_marked(p);
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
		uint8_t *array = heap_array(m->vm, t, &asize);

		for (uint32_t k = 0; array && (weak & WEAK_VALUE) && k < asize; k++)
			if (may_clear(m, get_u64(array + (uint64_t)k * 8)))
				set_u64(array + (uint64_t)k * 8, TV_NIL);
		nodes = heap_nodes(m->vm, t, &count);
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
		const uint8_t *array = heap_array(m->vm, t, &asize), *nodes = heap_nodes(m->vm, t, &count);
		uint64_t array_used = 0, hash_used = 0;

		m->from = m->out->want_retained ? scratch_of(t) : 0;
		for (uint32_t k = 0; array && k < asize; k++) {
			uint64_t tv = get_u64(array + (uint64_t)k * 8);

			if (tv_type(tv) == T_NIL)
				continue;
			array_used++;
			if (tv_type(tv) == T_STR)
				mark_tv(m, tv, child(m, node, m->steps.entry[ENTRY_NUMBER]));
		}
		m->trie->nodes[node].entries[ENTRY_NUMBER] += array_used;
		for (uint32_t k = 0; nodes && k < count; k++) {
			uint64_t val = get_u64(nodes + (uint64_t)k * NODE_SIZE + NODE_VAL);
			uint64_t key = get_u64(nodes + (uint64_t)k * NODE_SIZE + NODE_KEY);

			if (tv_type(val) == T_NIL)
				continue;
			hash_used++;
			m->trie->nodes[node].entries[key_kind(tv_type(key))]++;
			if (tv_type(key) == T_STR)
				mark_tv(m, key, child(m, node, m->steps.keys));
			if (tv_type(val) == T_STR)
				mark_tv(m, val, value_node(m, node, key, tv_type(key)));
		}
		table_slots_count(&m->trie->nodes[node], t, array_used, hash_used);
	}
	m->from = 0;
}

/* -- gc_mark_start: the roots, in the order of their paths ------------ */

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
	const uint8_t *nodes = reg ? heap_nodes(m->vm, reg, &count) : NULL;

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

/* -- The whole -------------------------------------------------------- */

static bool mark_all(struct marker *m)
{
	const struct layout *l = m->vm->layout;
	const uint8_t *g = heap_global_state(m->vm);
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

static void marker_reset(struct marker *m)
{
	struct trie *t = m->trie;
	struct steps *s = &m->steps;

	trie_empty(t);
	pair_map_empty(&m->edges);
	m->found.count = m->ordered.count = m->nplaces = m->threads.count = m->protos.count = m->nweak = m->touched.count = m->nruns = 0;
	m->moved = false;
	m->expanding = NO_NODE;
	m->last_metatable = 0;
	m->budget = m->vm->im->mapped + (1 << 20);
	memset(&m->out->fixed, 0, sizeof(m->out->fixed));
	memset(&m->out->strings, 0, sizeof(m->out->strings));
	m->from = 0;
	m->late = false;
	graph_clear(&m->out->graph);
	cdata_clear(&m->out->cdata);
	definitions_clear(&m->out->definitions);
	stores_clear(&m->stores);
	if (m->out->want_retained && !graph_add(&m->out->graph, NO_NODE, 0, false))
		fail(m, "out of memory");
	for (int i = 0; i < NENTRIES; i++)
		s->entry[i] = trie_step(t, trie_entry_steps[i], strlen(trie_entry_steps[i]));
	s->keys = trie_step(t, ".<keys>", 7);
	s->metatable = trie_step(t, ".<metatable>", 12);
	s->env = trie_step(t, ".<env>", 6);
	s->proto = trie_step(t, ".<proto>", 8);
	s->stack = trie_step(t, STACK_STEP, strlen(STACK_STEP));
}

static void count_finalizable(struct marker *m)
{
	struct tally *sum = &m->out->finalizable;

	for (size_t i = 0; i < m->vm->finalizable.count; i++) {
		uint64_t addr = m->vm->finalizable.list[i], size;
		const uint8_t *p = at(m, addr, CDATA_SIZE);

		if (p && !heap_is_marked(p) && object_size(m->vm, p, addr, &size)) {
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

/* Objects that are reached, but for cdata without a field for their path: those were noted when they were reached. */
static void note_objects(struct marker *m)
{
	const struct addr_list *with = &m->vm->finalizable, *all = &m->vm->foreign;	/* in one order */

	for (size_t i = 0, k = 0; i < all->count && !m->failed; i++) {
		const uint64_t addr = all->list[i];
		const uint8_t *p = at(m, addr, CDATA_SIZE);
		const bool has_finalizer = k < with->count && with->list[k] == addr;

		ahead_address(m->vm, all, i);
		k += has_finalizer;
		if (p && (p[O_GCT] == T_CDATA || p[O_GCT] == T_UDATA) && heap_is_marked(p) && has_scratch(p))
			note_place(m, path_of(m, p), addr, false, m->out->want_retained && has_finalizer ? scratch_of(p) : 0);
	}
}

/* What reachable objects hold of malloc by path, then what unreachable ones do. */
static void hold_objects(struct marker *m)
{
	note_objects(m);
	if (!m->failed && !held_take(m->out, m->vm, m->places, m->nplaces))
		fail(m, "out of memory");
}

static uint32_t object_path(const void *marker, const uint8_t *p)
{
	return path_of(marker, p);
}

static bool name_cdata(struct marker *m)
{
	struct cdata_kinds *all = &m->out->cdata;

	return cdata_names_give(all, all, m->vm, m->name_address, m->name_context) &&
	       cdata_names_give(&m->out->garbage.kinds, all, m->vm, m->name_address, m->name_context);
}

bool VARIANT(marker_run)(struct vm *vm, struct marking *out, struct proof *proof, name_address_fn name_address, void *context)
{
	struct marker m = {.vm = vm, .proof = proof, .out = out, .trie = &out->trie, .name_address = name_address, .name_context = context};
	const uint8_t *g = heap_global_state(vm);
	bool again = true;

	*out = (struct marking){.want_retained = out->want_retained, .want_details = out->want_details, .holders = out->holders,
				.bulk_from = out->bulk_from ? out->bulk_from : BULK_FROM, .graph = {.most = out->graph.most}};
	if (!g)
		return fail(&m, "global state is not in the image");
	m.mode_name = get_ref(g + vm->layout->gcroot + MM_MODE * REF);
	m.index_name = get_ref(g + vm->layout->gcroot + MM_INDEX * REF);
	while (again && !m.failed) {
		if (out->passes++ > 0 && !unmark_heap(vm))
			fail(&m, "objects overlap");
		if (out->passes > MAX_PASSES)
			fail(&m, "weak tables did not settle");
		marker_reset(&m);
		/* Before weak entries are cleared, which takes those of dead cdata away. */
		if (out->holders && out->passes == 1 && !finalizers_read(&out->cdata, vm))
			fail(&m, "out of memory");
		again = mark_all(&m);
		if (proof && !proof_end(proof, vm))	/* weak entries are cleared, which the account must not see */
			fail(&m, "not exact");
		again = again && !m.failed && clear_weak(&m);
	}
	if (!m.failed)
		count_weak(&m);
	if (!m.failed) {
		count_finalizable(&m);
		sum_reachable(&m);
		if (out->holders)
			hold_objects(&m);
	}
	if (!m.failed && !stores_find(&m.stores, vm, m.trie, object_path, &m, &out->adders))
		fail(&m, "out of memory");
	if (!m.failed && !name_cdata(&m))
		fail(&m, "out of memory");
	if (m.trie->failed)
		fail(&m, "out of memory");
	free(m.found.list);
	free(m.ordered.list);
	free(m.threads.list);
	free(m.protos.list);
	free(m.touched.list);
	free(m.groups);
	free(m.runs);
	free(m.weak);
	free(m.places);
	stores_clear(&m.stores);
	pair_map_clear(&m.edges);
	return !m.failed;
}
