/*
** Marks a small heap in bulk, its slices in any order, as two threads may take them, and by two threads: the outcome must
** be one. Includes what it checks, whose slices are nobody else's business.
*/
#define _GNU_SOURCE
#define GC64 1
#include "luajit/object-size.c"
#include "bulk/lru.c"
#include "bulk/bulk.c"

#include <stdio.h>

enum {
	HEAP = 1 << 22, START = 1 << 28,
	SHARED = 60, TABLES = 400, VALUES = 5,
	ORDERS = 200, MANY = 20000, SHARERS = 2, ROUNDS = 30,
	ROOT = 0, ITEMS = 1, SIBLING = 2, NODES = 3,
};

static uint8_t heap[HEAP] __attribute__((aligned(4096)));
static size_t used;
static struct region region = {START, START + HEAP, heap};
static struct image image = {.regions = &region, .nregions = 1, .arena = heap, .arena_size = HEAP, .mapped = HEAP};
static struct layout layout = {.lua_state = 112};
static struct vm vm = {.im = &image, .layout = &layout};
static struct node nodes[NODES] = {{.parent = NO_NODE}, {.parent = ROOT}, {.parent = ROOT}};
static const struct trie paths = {.nodes = nodes, .nnodes = NODES};
static uint64_t state = 88172645463325252u;

static size_t below(size_t most)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % most;
}

static uint8_t *object(uint8_t gct, size_t size)
{
	uint8_t *p = heap + used;

	used += (size + 15) & ~(size_t)15;
	memset(p, 0, size);
	p[O_GCT] = gct;
	set_marked(p, 1);
	return p;
}

static uint64_t value_of(const uint8_t *p)
{
	return (uint64_t)~(uint32_t)p[O_GCT] << 47 | (START + (uint64_t)(p - heap));
}

/* The first have a field that is not simple; references go to objects nearby, so that slices share them. */
static void make_table(uint8_t **tables, size_t i, uint8_t **shared)
{
	uint8_t *t = object(T_TAB, TAB_SIZE), *array = object(T_NIL, VALUES * 8);
	const uint64_t at = START + (uint64_t)(array - heap);

	memcpy(t + TAB_ARRAY, &at, 8);
	set_u32(t + TAB_ASIZE, VALUES);
	if (below(20) == 0)
		set_u32(t + TAB_HMASK, 1);
	for (size_t k = 0; k < VALUES; k++)
		set_u64(array + k * 8, below(6) ? value_of(shared[(i / 8 + below(SHARED / 2)) % SHARED]) : TV_NIL);
	tables[i] = t;
}

static uint8_t *make_shared(void)
{
	static const uint8_t kinds[] = {T_STR, T_TAB, T_FUNC, T_THREAD, T_CDATA};
	uint8_t *p = object(kinds[below(sizeof(kinds))], 128);

	if (p[O_GCT] != T_CDATA && below(8) == 0) {
		set_marked(p, 3);
		*path_field(p) = SIBLING;
	}
	return p;
}

static void print(FILE *out, const struct bulk_outcome *o)
{
	fprintf(out, "used %d entries %d slots %d fixed %d spent %d", (int)o->tables.array_used, (int)o->tables.entries[0],
		(int)o->tables.slot_bytes, (int)o->fixed.objects, (int)o->spent);
	for (int i = 0; i < NTYPES; i++)
		fprintf(out, " %d/%d", (int)o->items.own[i].objects, (int)o->items.own[i].bytes);
	for (size_t i = 0; i < o->found.count; i++)
		fprintf(out, " f%zx", (size_t)(o->found.list[i] - heap));
	for (size_t i = 0; i < o->tables_left.count; i++)
		fprintf(out, " t%zx", (size_t)(o->tables_left.list[i] - heap));
	for (size_t i = 0; i < o->values_left.count; i++)
		fprintf(out, " v%zx", (size_t)o->values_left.list[i]);
}

static void shuffle(size_t *order, size_t count)
{
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t i = count; i > 1; i--) {
		const size_t k = below(i), kept = order[i - 1];

		order[i - 1] = order[k];
		order[k] = kept;
	}
}

static void release(struct job *j)
{
	for (size_t i = 0; i < j->nslices; i++)
		bulk_outcome_free(&j->slices[i]);
	free(j->slices);
	free(j->again.words);
}

/* What comes of it, as text, with the slices in that order; NULL: as they are. */
static char *outcome(struct job job, const size_t *order)
{
	struct bulk_outcome o;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out || !cut(&job))
		abort();
	for (size_t i = 0; i < job.nslices; i++)
		do_slice(&job, order ? order[i] : i);
	o = join(&job);
	print(out, &o);
	fclose(out);
	bulk_outcome_free(&o);
	release(&job);
	return text;
}

static bool same_in_any_order(void)
{
	const struct bulk b = {.vm = &vm, .trie = &paths, .node = ROOT, .items = ITEMS, .budget = HEAP};
	static uint8_t *shared[SHARED], *tables[TABLES], before[HEAP];
	const struct job job = {.b = &b, .tables = tables, .count = TABLES, .slice_size = 7};
	size_t order[TABLES / 7 + 1];
	char *expected;
	bool same = true;

	for (size_t i = 0; i < SHARED; i++)
		shared[i] = make_shared();
	for (size_t i = 0; i < TABLES; i++)
		make_table(tables, i, shared);
	memcpy(before, heap, used);
	expected = outcome(job, NULL);
	for (int i = 0; i < ORDERS && same; i++) {
		char *text;

		memcpy(heap, before, used);
		shuffle(order, TABLES / 7 + 1);
		text = outcome(job, order);
		same = strcmp(text, expected) == 0;
		if (!same)
			printf("in order: %s\nshuffled: %s\n", expected, text);
		free(text);
	}
	free(expected);
	return same;
}

/* Each string is in two slices that follow one another. */
static bool counted_once_by_two_threads(void)
{
	static uint8_t values[MANY * SHARERS * 8];
	const struct bulk b = {.vm = &vm, .trie = &paths, .node = ROOT, .items = ITEMS, .budget = HEAP, .worth = 4000};
	const size_t slice = b.worth / ARRAY_SLICES, first = used;

	for (size_t i = 0; i < MANY * SHARERS; i++) {
		const size_t number = i / slice / SHARERS * slice + i % slice;
		uint8_t *p = heap + first + number * 32;

		if (first + number * 32 == used)
			object(T_STR, 32);
		set_u64(values + i * 8, value_of(p));
	}
	for (int round = 0; round < ROUNDS; round++) {
		struct bulk_outcome o;
		uint64_t objects;

		for (size_t i = 0; i < MANY; i++)
			set_marked(heap + first + i * 32, 1);
		o = bulk_array(&b, values, MANY * SHARERS);
		objects = o.items.own[0].objects;
		bulk_outcome_free(&o);
		if (objects != MANY) {
			printf("%d strings, counted %d\n", MANY, (int)objects);
			return false;
		}
	}
	return true;
}

int main(void)
{
	if (image_index(&image) != 0)
		return 2;
	if (!same_in_any_order() || !counted_once_by_two_threads())
		return 1;
	free(image.index);
	return 0;
}
