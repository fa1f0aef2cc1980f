#define _GNU_SOURCE
#include "bulk/bulk.h"
#include "base/list.h"
#include "bulk/ahead.h"
#include "bulk/table-slots.h"
#include "luajit/object-size.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum {
	ARRAY_SLICES = 4, TABLE_SLICES = 32,	/* of what is worth it: a table is some references */
	LARGE_ARRAY = 4096,			/* in bulk itself, if at all: slices are to be of about one size */
	UNIT = 8,				/* bytes; no two objects begin in the same ones */
	WORD = 64,				/* bits */
};

/* A bit for each unit of the image. */
struct unit_set {
	uint64_t *words;
	size_t count;
};

struct job {
	const struct bulk *b;
	const uint8_t *array;		/* values, or else tables */
	uint8_t *const *tables;
	size_t count, slice_size;
	struct bulk_outcome *slices;
	size_t nslices, next;		/* next: changed atomically */
	uint64_t spent;			/* as well */
	struct unit_set again;		/* objects that were reached more than once: two slices may have met */
	bool any_again, alone;
};

/* -- Units of the image -------------------------------------------------- */

static bool set_open(struct unit_set *s, const struct image *im)
{
	s->count = im->arena_size / UNIT / WORD + 1;
	s->words = calloc(s->count, sizeof(*s->words));
	return s->words;
}

static inline uint64_t *set_word(const struct unit_set *s, const struct image *im, const uint8_t *p, uint64_t *bit)
{
	const size_t unit = (size_t)(p - im->arena) / UNIT;

	*bit = UINT64_C(1) << (unit % WORD);
	return &s->words[unit / WORD];
}

static bool set_has(const struct unit_set *s, const struct image *im, const uint8_t *p)
{
	uint64_t bit;

	return *set_word(s, im, p, &bit) & bit;
}

/* By any number of threads at once. */
static void set_add(struct unit_set *s, const struct image *im, const uint8_t *p)
{
	uint64_t bit, *word = set_word(s, im, p, &bit);

	if (!(__atomic_load_n(word, __ATOMIC_RELAXED) & bit))
		__atomic_fetch_or(word, bit, __ATOMIC_RELAXED);
}

/* -- One reference ------------------------------------------------------- */

static void list_add(struct bulk_outcome *s, struct bulk_list *l, uint8_t *p)
{
	if (LIST_HAS_ROOM(l->list, l->count, l->room))
		l->list[l->count++] = p;
	else
		s->failed = true;
}

static void leave(struct bulk_outcome *s, uint64_t tv)
{
	if (!addr_list_push(&s->values_left, tv))
		s->failed = true;
}

/* The field that the marker keeps an object's path in, see its scratch_offset(). */
static inline uint32_t *path_field(uint8_t *p)
{
	switch (p[O_GCT]) {
	case T_STR: return (void *)(p + STR_SCRATCH);
	case T_TAB: return (void *)(p + TAB_GCLIST);
	case T_FUNC: return (void *)(p + FUNC_GCLIST);
	case T_THREAD: return (void *)(p + TH_GCLIST);
	default: return NULL;
	}
}

/* True for the one thread that marks it; whoever sees the mark sees its path. */
static inline bool mark(const struct job *j, uint8_t *p, uint32_t *path, uint8_t before)
{
	__atomic_store_n(path, j->b->items, __ATOMIC_RELAXED);
	if (!j->alone)
		return (__atomic_exchange_n(p + O_MARKED, before | MARK_WHITES, __ATOMIC_ACQ_REL) & MARK_WHITES) != MARK_WHITES;
	set_marked(p, before | MARK_WHITES);
	return true;
}

static void count_string(struct job *j, struct bulk_outcome *s, const uint8_t *p, uint64_t addr)
{
	const uint64_t size = object_str_size(p);

	s->items.own[0].objects++;
	s->items.own[0].bytes += size;
	s->items.payload += get_u32(p + STR_LEN);
	lru_note_name(&s->lru, j->b->vm, p, addr);
	if (get_marked(p) & MARK_FIXED) {
		s->fixed.objects++;
		s->fixed.bytes += size;
	}
}

static void count_container(struct job *j, struct bulk_outcome *s, uint8_t *p, uint64_t addr)
{
	uint64_t size = 0;

	object_size(j->b->vm, p, addr, &size);
	s->items.own[p[O_GCT] - T_STR].objects++;
	s->items.own[p[O_GCT] - T_STR].bytes += size;
	if (p[O_GCT] == T_TAB)
		s->items.slots_found += heap_hash_slots(p);
	list_add(s, &s->found, p);
}

/* What mark_again() of the marker would change is left to it: a sibling's object may be moved to this path. */
static void reach_again(struct job *j, struct bulk_outcome *s, uint64_t tv, uint8_t *p, const uint32_t *path)
{
	const uint32_t old = __atomic_load_n(path, __ATOMIC_RELAXED);

	if (old == j->b->items) {
		if (p[O_GCT] == T_STR)
			return;
		set_add(&j->again, j->b->vm->im, p);
		__atomic_store_n(&j->any_again, true, __ATOMIC_RELAXED);
	} else if (old < j->b->trie->nnodes && j->b->trie->nodes[old].parent == j->b->node) {
		leave(s, tv);
	}
}

static void reach(struct job *j, struct bulk_outcome *s, uint64_t tv)
{
	const uint64_t addr = tv_ref(tv);
	uint8_t *p = heap_at(j->b->vm, addr, CDATA_SIZE), before;
	uint32_t *path = p && (uintptr_t)p % UNIT == 0 ? path_field(p) : NULL;

	if (!path) {
		leave(s, tv);
		return;
	}
	before = __atomic_load_n(p + O_MARKED, __ATOMIC_ACQUIRE);
	if ((before & MARK_WHITES) == MARK_WHITES || !mark(j, p, path, before)) {
		reach_again(j, s, tv, p, path);
		return;
	}
	s->spent += CDATA_SIZE;
	if (p[O_GCT] == T_STR)
		count_string(j, s, p, addr);
	else
		count_container(j, s, p, addr);
}

/* -- Arrays and tables --------------------------------------------------- */

/* Returns how many are not nil. */
static uint64_t reach_values(struct job *j, struct bulk_outcome *s, const uint8_t *array, uint64_t count)
{
	uint64_t used = 0;

	for (uint64_t i = 0; i < count; i++) {
		const uint64_t tv = get_u64(array + i * 8);
		const uint32_t type = tv_type(tv);

		if (tv == TV_NIL || type == T_NIL)
			continue;
		used++;
		if (tv_is_gcv(type)) {
			if (i + AHEAD < count)
				ahead_value(j->b->vm, get_u64(array + (i + AHEAD) * 8));
			reach(j, s, tv);
		} else if (type == T_LIGHTUD && j->b->light) {
			leave(s, tv);
		}
	}
	return used;
}

static bool refers_to_objects(const uint8_t *array, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (tv_is_gcv(tv_type(get_u64(array + i * 8))))
			return true;
	return false;
}

static bool is_simple(const uint8_t *t)
{
	return t[O_GCT] == T_TAB && !get_ref(t + TAB_METATABLE) && !get_u32(t + TAB_HMASK) && get_u32(t + TAB_ASIZE) <= LARGE_ARRAY;
}

bool bulk_mostly_simple(uint8_t *const *tables, size_t looked)
{
	size_t simple = 0;

	for (size_t i = 0; i < looked; i++)
		simple += is_simple(tables[i]);
	return simple * 2 > looked;
}

/* As traverse_tab() of the marker. */
static void traverse_table(struct job *j, struct bulk_outcome *s, uint8_t *t)
{
	uint32_t asize;
	const uint8_t *array = heap_array(j->b->vm, t, &asize);
	uint64_t used = 0;

	if (!is_simple(t) || asize > LARGE_ARRAY || (asize && !array) ||
	    (asize && j->b->items == NO_NODE && refers_to_objects(array, asize))) {
		list_add(s, &s->tables_left, t);
		return;
	}
	s->spent += (uint64_t)asize * 8;
	if (asize)
		used = reach_values(j, s, array, asize);
	s->tables.entries[ENTRY_NUMBER] += used;
	table_slots_count(&s->tables, t, used, 0);
}

/* -- Slices -------------------------------------------------------------- */

static void do_slice(struct job *j, size_t number)
{
	struct bulk_outcome *s = &j->slices[number];
	const size_t from = number * j->slice_size, left = j->count - from, count = left < j->slice_size ? left : j->slice_size;

	if (j->array)
		s->used = reach_values(j, s, j->array + (uint64_t)from * 8, count);
	for (size_t i = 0; !j->array && i < count; i++) {
		ahead_list(j->b->vm, j->tables + from + i, count - i);
		traverse_table(j, s, j->tables[from + i]);
	}
	__atomic_fetch_add(&j->spent, s->spent, __ATOMIC_RELAXED);
}

static bool do_next_slice(struct job *j)
{
	const size_t i = __atomic_fetch_add(&j->next, 1, __ATOMIC_RELAXED);

	if (i >= j->nslices || __atomic_load_n(&j->spent, __ATOMIC_RELAXED) > j->b->budget)
		return false;
	do_slice(j, i);
	return true;
}

static void *do_slices(void *job)
{
	while (do_next_slice(job))
		;
	return NULL;
}

static bool one_processor(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) < 2;
}

/* A second thread joins once the one beside the marking is done: three on two processors are no faster, and marks cost more. */
static void do_all(struct job *j)
{
	bool may_have_second = j->nslices > 1 && !one_processor(), have_second = false;
	pthread_t second;

	j->alone = true;
	do {
		if (may_have_second && !(j->b->busy && __atomic_load_n(j->b->busy, __ATOMIC_ACQUIRE))) {
			j->alone = false;
			have_second = pthread_create(&second, NULL, do_slices, j) == 0;
			may_have_second = false;
		}
	} while (do_next_slice(j));
	if (have_second)
		pthread_join(second, NULL);
}

/* -- The outcome --------------------------------------------------------- */

/* The set's objects from the first to the last, by address. */
static void add_set(struct bulk_outcome *o, const struct unit_set *set, const struct image *im, const uint8_t *first, const uint8_t *last)
{
	const size_t end = (size_t)(last - im->arena) / UNIT / WORD + 1;

	for (size_t i = (size_t)(first - im->arena) / UNIT / WORD; i < end; i++)
		for (uint64_t word = set->words[i]; word; word &= word - 1)
			list_add(o, &o->found, im->arena + (i * WORD + (size_t)__builtin_ctzll(word)) * UNIT);
}

/*
** Those that were reached once as the slices have them. Which slice has one that was reached again, is chance: such come
** last, by address.
*/
static void add_found(struct bulk_outcome *o, const struct job *j)
{
	const struct image *im = j->b->vm->im;
	const uint8_t *first = NULL, *last = NULL;
	struct unit_set met = {0};

	if (j->any_again && !set_open(&met, im)) {
		o->failed = true;
		return;
	}
	for (size_t i = 0; i < j->nslices; i++) {
		const struct bulk_list *l = &j->slices[i].found;

		for (size_t k = 0; k < l->count; k++) {
			uint8_t *p = l->list[k];

			if (!j->any_again || !set_has(&j->again, im, p)) {
				list_add(o, &o->found, p);
				continue;
			}
			set_add(&met, im, p);
			first = first && first < p ? first : p;
			last = last > p ? last : p;
		}
	}
	if (first)
		add_set(o, &met, im, first, last);
	free(met.words);
}

static void add_slice(struct bulk_outcome *o, const struct bulk_outcome *s)
{
	trie_absorb(&o->tables, &s->tables);
	trie_absorb(&o->items, &s->items);
	o->items.slots_found += s->items.slots_found;
	o->used += s->used;
	o->fixed.objects += s->fixed.objects;
	o->fixed.bytes += s->fixed.bytes;
	o->spent += s->spent;
	o->failed |= s->failed;
	for (int i = 0; i < LRU_NAMES; i++)
		if (s->lru.of[i])
			o->lru.of[i] = s->lru.of[i];
	for (size_t i = 0; i < s->tables_left.count; i++)
		list_add(o, &o->tables_left, s->tables_left.list[i]);
	for (size_t i = 0; i < s->values_left.count; i++)
		leave(o, s->values_left.list[i]);
}

/* -- The whole ----------------------------------------------------------- */

static bool cut(struct job *j)
{
	j->slice_size = j->slice_size ? j->slice_size : 1;
	j->nslices = (j->count + j->slice_size - 1) / j->slice_size;
	j->slices = calloc(j->nslices + 1, sizeof(*j->slices));
	return j->slices && set_open(&j->again, j->b->vm->im);
}

static struct bulk_outcome join(struct job *j)
{
	struct bulk_outcome o = {0};

	add_found(&o, j);
	for (size_t i = 0; i < j->nslices; i++)
		add_slice(&o, &j->slices[i]);
	return o;
}

static struct bulk_outcome run(struct job *j)
{
	struct bulk_outcome o = {.failed = true};

	if (cut(j)) {
		do_all(j);
		o = join(j);
	}
	for (size_t i = 0; j->slices && i < j->nslices; i++)
		bulk_outcome_free(&j->slices[i]);
	free(j->slices);
	free(j->again.words);
	return o;
}

struct bulk_outcome bulk_array(const struct bulk *b, const uint8_t *array, uint64_t count)
{
	struct job j = {.b = b, .array = array, .count = count, .slice_size = b->worth / ARRAY_SLICES};

	return run(&j);
}

struct bulk_outcome bulk_tables(const struct bulk *b, uint8_t *const *tables, size_t count)
{
	struct job j = {.b = b, .tables = tables, .count = count, .slice_size = b->worth / TABLE_SLICES};

	return run(&j);
}

void bulk_outcome_free(struct bulk_outcome *o)
{
	free(o->found.list);
	free(o->tables_left.list);
	free(o->values_left.list);
}
