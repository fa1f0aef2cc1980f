/*
** What the files of the marker share: mark-all.c (the whole), mark.c (gc_mark), root.c and stack.c, level.c (breadth
** first) and ahead.c, table.c, metatable.c and kinds.c (one function per object kind, named as in lj_gc.c), key.c (steps of table keys),
** lrucache.c, weak.c, ffi.c (what cdata are) and held.c (what they hold of malloc). All are compiled once per variant of object.h, so what one offers the others goes through VARIANT().
*/
#ifndef HW_MARKER_H
#define HW_MARKER_H

#include "marker/mark.h"
#include "luajit/size.h"

#include <stdio.h>
#include <stdlib.h>

#define mark_object VARIANT(mark_object)
#define mark_roots VARIANT(mark_roots)
#define mark_stacks VARIANT(mark_stacks)
#define thread_proto VARIANT(thread_proto)
#define mark_trace VARIANT(mark_trace)
#define propagate VARIANT(propagate)
#define order_objects VARIANT(order_objects)
#define fetch_ahead VARIANT(fetch_ahead)
#define decide_collapse VARIANT(decide_collapse)
#define traverse VARIANT(traverse)
#define traverse_tab VARIANT(traverse_tab)
#define count_slots VARIANT(count_slots)
#define tab_get_str VARIANT(tab_get_str)
#define note_class VARIANT(note_class)
#define note_lru_name VARIANT(note_lru_name)
#define count_lru VARIANT(count_lru)
#define count_cdata VARIANT(count_cdata)
#define name_cdata VARIANT(name_cdata)
#define read_finalizers VARIANT(read_finalizers)
#define cdata_finalizer_of VARIANT(cdata_finalizer_of)
#define note_place VARIANT(note_place)
#define note_lightud VARIANT(note_lightud)
#define hold_objects VARIANT(hold_objects)
#define lightud_address VARIANT(lightud_address)
#define value_node VARIANT(value_node)
#define key_kind VARIANT(key_kind)
#define clear_weak VARIANT(clear_weak)
#define count_weak VARIANT(count_weak)
#define unmark_all VARIANT(unmark_all)

enum {
	FR2 = GC64 ? 1 : 0,		/* LJ_FR2: frame info takes two slots */
	WEAK_KEY = 1, WEAK_VALUE = 2,
};

/* Fields of a lua-resty-lrucache. */
enum { LRU_ITEMS, LRU_MAX, LRU_SIZE, LRU_KEYS, LRU_VALUES, LRU_NAMES };

/* Steps that every heap has. */
struct steps {
	uint32_t array, strings, keys, boolean, table, function, cdata, userdata, thread, lightud, metatable, env, proto,
		stack;
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
	struct place *places;		/* what holds addresses, see held.c */
	size_t nplaces, places_room;
	uint32_t expanding;		/* path whose objects are being traversed */
	uint64_t mode_name, index_name;	/* addresses of the strings "__mode" and "__index" */
	uint64_t lru_names[LRU_NAMES];	/* addresses of these strings; 0: not met yet */
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

/* mark.c: an object is reached at a path. */
void mark_object(struct marker *m, uint64_t addr, uint32_t node);

/* root.c */
void mark_roots(struct marker *m, const uint8_t *g);

/* stack.c: mark what the threads found so far have on their stacks. */
void mark_stacks(struct marker *m);
/* The prototype of the first Lua function on a thread's stack, or NULL. */
const uint8_t *thread_proto(struct marker *m, const uint8_t *th);

/* level.c: traverse level by level until no object waits. False where the heap can't be followed. */
bool propagate(struct marker *m);
/* Put objects in the order of their paths, those of one path in that of their addresses. */
bool order_objects(struct marker *m, struct objects *l);

/* kinds.c: mark what the object at p refers to. */
void traverse(struct marker *m, uint8_t *p, uint32_t node);
void mark_trace(struct marker *m, uint32_t traceno, uint32_t node);

/* table.c */
void traverse_tab(struct marker *m, uint8_t *t, uint32_t node);
void count_slots(struct node *n, const uint8_t *t, uint64_t array_used, uint64_t hash_used);
uint64_t tab_get_str(struct marker *m, const uint8_t *t, uint64_t name);

/* metatable.c: a table at this path has that metatable. */
void note_class(struct marker *m, uint64_t metatable, uint32_t node);

/* lrucache.c: a string that may name a field; then a table with such fields. */
void note_lru_name(struct marker *m, const uint8_t *s, uint64_t addr);
void count_lru(struct marker *m, struct node *n, const uint8_t *t);

/* ahead.c: three looks at objects that are traversed next: at them, what of them lies elsewhere, what they refer to. */
void fetch_ahead(struct marker *m, uint8_t *const *list, size_t count);

/* key.c: more string keys than a path may have? Asked once per path, over all tables found for it. */
void decide_collapse(struct marker *m, uint32_t node, uint8_t **tables, size_t n);
/* The address in a light userdata. */
uint64_t lightud_address(struct marker *m, uint64_t tv);
/* The path of the value that a table has under key. */
uint32_t value_node(struct marker *m, uint32_t node, uint64_t key, uint32_t type);
enum entry_kind key_kind(uint32_t key_type);

/* ffi.c: of which C type the cdata at a path are, and what frees them; sign takes away. */
void count_cdata(struct marker *m, const uint8_t *cd, uint64_t addr, uint32_t node, int64_t sign);
/* Read the table of ffi.gc(), once. */
void read_finalizers(struct marker *m);
/* What frees a cdata that has a finalizer: 1 + its index; 0 where that is not known. */
uint32_t cdata_finalizer_of(struct marker *m, const uint8_t *cd, uint64_t addr);
/* Kinds of garbage that are no cdata: what stands in place of a CTypeID, which has 16 bits, and of a finalizer's number. */
enum { KIND_USERDATA = 1 << 16, KIND_METAMETHOD = NO_VALUE - 1 };
/* Give names to all that was counted. */
void name_cdata(struct marker *m);

/* held.c: an object without a field for its path, or a light userdata, holds an address at a path. */
void note_place(struct marker *m, uint32_t node, uint64_t address, bool is_address);
void note_lightud(struct marker *m, uint32_t node, uint64_t tv);
/* Once marking is done: what reachable objects hold of malloc by path, then what unreachable ones do. */
void hold_objects(struct marker *m);

/* weak.c */
bool clear_weak(struct marker *m);
void count_weak(struct marker *m);
void unmark_all(struct marker *m);

/* -- The heap's copy ----------------------------------------------------- */

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

static inline const uint8_t *tab_array(struct marker *m, const uint8_t *t, uint32_t *asize)
{
	*asize = get_u32(t + TAB_ASIZE);
	return *asize ? at(m, get_ref(t + TAB_ARRAY), (uint64_t)*asize * 8) : NULL;
}

static inline uint8_t *tab_nodes(struct marker *m, const uint8_t *t, uint32_t *count)
{
	uint32_t hmask = get_u32(t + TAB_HMASK);

	*count = hmask ? hmask + 1 : 0;
	return hmask ? at(m, get_ref(t + TAB_NODE), ((uint64_t)hmask + 1) * NODE_SIZE) : NULL;
}

static inline const uint8_t *thread_stack(struct marker *m, const uint8_t *th, uint64_t *count)
{
	uint64_t bottom = get_ref(th + TH_STACK) + 8 * (1 + FR2);
	uint64_t top = get_ref(th + TH_TOP);

	*count = top > bottom ? (top - bottom) / 8 : 0;
	return *count && *count <= get_u32(th + TH_STACKSIZE) ? at(m, bottom, *count * 8) : NULL;
}

static inline bool is_marked(const uint8_t *p)
{
	return (get_marked(p) & MARK_WHITES) == MARK_WHITES;	/* never both set otherwise */
}

/* How many objects ahead one is fetched. */
enum { AHEAD = 12 };

static inline void prefetch_object(const uint8_t *p)
{
	__builtin_prefetch(p, 1);
	__builtin_prefetch(p + CACHE_LINE / 2, 1);	/* most begin in the middle of a line */
}

/* -- Path numbers in objects --------------------------------------------- */

/* A field that only the collector or the string table uses holds the object's path from here on. */
static inline unsigned scratch_offset(unsigned gct)
{
	static const uint8_t offsets[] = {STR_SCRATCH, UPVAL_DHASH, TH_GCLIST, PROTO_GCLIST, FUNC_GCLIST,
					  TR_GCLIST, CDATA_SCRATCH, TAB_GCLIST, UD_SCRATCH};

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
	if (!m->out->want_retained)
		set_u32(p + scratch_offset(p[O_GCT]), node);
	else if (scratch_of(p) < m->out->graph.count)
		m->out->graph.path[scratch_of(p)] = node;
}

static inline bool has_scratch(const uint8_t *p)
{
	return GC64 || p[O_GCT] != T_CDATA;	/* a 4-byte cdata header has no field to spare */
}

/* -- Going on from an object --------------------------------------------- */

/* The list with room for one more item; NULL when memory ran out. */
static inline void *grown(struct marker *m, void *list, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 64;
	void *p;

	if (count < *room)
		return list;
	p = realloc(list, more * size);
	if (p)
		*room = more;
	else
		fail(m, "out of memory");
	return p;
}

static inline void push(struct marker *m, struct objects *l, uint8_t *p)
{
	uint8_t **list = grown(m, l->list, l->count, &l->room, sizeof(*list));

	if (!list)
		return;
	l->list = list;
	list[l->count++] = p;
}

/* A container of that path is to be traversed in the next level. */
static inline void found(struct marker *m, uint8_t *p, uint32_t node)
{
	struct run *runs = grown(m, m->runs, m->nruns, &m->runs_room, sizeof(*runs));

	push(m, &m->found, p);
	if (!runs)
		return;
	m->runs = runs;
	if (m->nruns && runs[m->nruns - 1].node == node)
		runs[m->nruns - 1].count++;
	else
		runs[m->nruns++] = (struct run){node, 1};
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

static inline void mark_ref(struct marker *m, uint64_t ref, uint32_t node, uint32_t step)
{
	if (ref)
		mark_object(m, ref, child(m, node, step));
}

#endif
