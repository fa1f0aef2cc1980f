/*
** What Lua's objects hold of malloc's blocks: every aligned word in a cdata's or userdata's contents that is an address in
** one, and light userdata, which count for the table, function or stack that has them. C code casts as it likes, so a
** cdata's type does not say where it keeps addresses.
*/
#include "marker/held.h"
#include "bulk/ahead.h"
#include "luajit/ctype.h"
#include "luajit/object-size.h"
#include "marker/finalizers.h"

#include <stdlib.h>

/* What it is about. */
struct holding {
	struct marking *out;
	struct vm *vm;
	const struct place *places;
	size_t nplaces;
};

/* -- Contents ------------------------------------------------------------ */

/* What a cdata or userdata holds; NULL where it has nothing. */
static const uint8_t *contents_of(struct vm *vm, const uint8_t *p, uint64_t addr, uint64_t *size)
{
	uint64_t from = CDATA_SIZE, length = 0, whole = 0;

	if (p[O_GCT] == T_UDATA) {
		from = UD_SIZE;
		length = get_u32(p + UD_LEN);
	} else if (get_marked(p) & MARK_CDATA_VAR) {
		const uint8_t *var = heap_at(vm, addr - 8, 8);

		length = var ? get_u32(var + 4) : 0;
	} else if (object_size(vm, p, addr, &whole) && whole > CDATA_SIZE) {
		length = whole - CDATA_SIZE;
	}
	*size = length;
	return heap_at(vm, addr + from, length);
}

static struct tally hold_contents(struct holding *h, const uint8_t *p, uint64_t addr)
{
	uint64_t size;
	const uint8_t *contents = contents_of(h->vm, p, addr, &size);

	return contents ? holders_take_bytes(h->out->holders, contents, size) : (struct tally){0, 0};
}

/* -- At paths ------------------------------------------------------------ */

/* Order of paths: what the program keeps before what is on its way (stacks, traces), then the shortest, then the smallest. */
struct path_order {
	uint32_t *nodes;		/* that hold something, in order */
	size_t count;
	size_t *next;			/* per node: where its next place goes */
};

static const uint8_t *sorting_late;

static int by_order(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (sorting_late[x] != sorting_late[y])
		return sorting_late[x] - sorting_late[y];
	if (trie_sorting->nodes[x].depth != trie_sorting->nodes[y].depth)
		return trie_sorting->nodes[x].depth < trie_sorting->nodes[y].depth ? -1 : 1;
	return trie_compare(trie_sorting, x, y);
}

/* 1 for each path that leads through a stack, or from one of the collector's own roots. Parents come before children. */
static uint8_t *late_paths(struct holding *h)
{
	struct trie *t = &h->out->trie;
	const uint32_t stack = trie_step(t, STACK_STEP, strlen(STACK_STEP));
	uint8_t *late = calloc((size_t)t->nnodes + 1, 1);

	for (uint32_t i = 0; late && i < t->nnodes; i++) {
		const struct node *n = &t->nodes[i];

		if (n->parent == NO_NODE)
			late[i] = strncmp(t->steps[n->step].text, "gcroot.", 7) == 0;
		else
			late[i] = n->step == stack || late[n->parent];
	}
	return late;
}

/* False when memory ran out. */
static bool hold_place(struct holding *h, const struct place *place)
{
	const uint8_t *p = place->is_address ? NULL : heap_at(h->vm, place->address, CDATA_SIZE);
	struct tally held = {0, 0}, *to = &h->out->trie.nodes[place->node].malloc;

	if (place->is_address)
		held = holders_take_address(h->out->holders, place->address);
	else if (p)
		held = hold_contents(h, p, place->address);
	to->objects += held.objects;
	to->bytes += held.bytes;
	return !place->object || held.bytes == 0 || graph_frees(&h->out->graph, place->object, held.bytes);
}

/* Places by path, the paths in order; those of one path as they were found. */
static bool hold_in_order(struct holding *h, struct path_order *o, struct place *sorted)
{
	size_t begin = 0;
	bool ok = true;

	for (size_t i = 0; i < h->nplaces; i++)
		if (o->next[h->places[i].node]++ == 0)
			o->nodes[o->count++] = h->places[i].node;
	trie_sort(&h->out->trie, o->nodes, o->count, sizeof(*o->nodes), by_order);
	for (size_t i = 0; i < o->count; i++) {
		const size_t count = o->next[o->nodes[i]];

		o->next[o->nodes[i]] = begin;
		begin += count;
	}
	for (size_t i = 0; i < h->nplaces; i++)
		sorted[o->next[h->places[i].node]++] = h->places[i];
	for (size_t i = 0; ok && i < h->nplaces; i++)
		ok = hold_place(h, &sorted[i]);
	return ok;
}

static bool hold_paths(struct holding *h)
{
	const size_t nodes = (size_t)h->out->trie.nnodes + 1;
	uint8_t *late = late_paths(h);
	struct path_order o = {.nodes = malloc(nodes * sizeof(*o.nodes)), .next = calloc(nodes, sizeof(*o.next))};
	struct place *sorted = malloc((h->nplaces + 1) * sizeof(*sorted));
	bool ok = late && o.nodes && o.next && sorted;

	sorting_late = late;
	ok = ok && hold_in_order(h, &o, sorted);
	free(late);
	free(o.nodes);
	free(o.next);
	free(sorted);
	return ok;
}

/* -- Garbage ------------------------------------------------------------- */

/* In this order; where two hold the same block, the first has it. */
enum garbage_turn {
	WITH_FINALIZER,
	WITHOUT_FINALIZER,
	PLAIN_NUMBERS,		/* an address cast to uintptr_t, to compare it: what points there says more */
	LEFT_OVER,		/* points at no block's first byte: at text, most often, that was there before the block was */
	TURNS,
};

static enum garbage_turn turn_of(const struct holding *h, const struct ctypes *c, const uint8_t *p, uint64_t addr)
{
	uint64_t size;
	const uint8_t *contents = contents_of(h->vm, p, addr, &size);

	if (!contents || !holders_hand_out(h->out->holders, contents, size))
		return LEFT_OVER;
	return p[O_GCT] == T_CDATA && ctype_is_number(c, get_u16(p + CDATA_CTYPEID)) ? PLAIN_NUMBERS : WITHOUT_FINALIZER;
}

/* By C type and what frees them. False when memory ran out. */
static bool count_kind(struct holding *h, const uint8_t *p, uint64_t addr, struct tally held, bool finalizable)
{
	struct cdata_kinds *kinds = &h->out->garbage.kinds;
	const bool is_udata = p[O_GCT] == T_UDATA;
	uint32_t finalizer = 0;
	struct cdata_kind *kind;

	if (finalizable && is_udata)
		finalizer = KIND_METAMETHOD;
	else if (finalizable && !finalizers_find(&h->out->cdata, h->vm, p, addr, &finalizer))
		return false;
	if (!cdata_count(kinds, 0, is_udata ? KIND_USERDATA : get_u16(p + CDATA_CTYPEID), finalizer, 1))
		return false;
	kind = &kinds->list[kinds->last];
	kind->malloc.objects += held.objects;
	kind->malloc.bytes += held.bytes;
	return true;
}

static bool count_garbage(struct holding *h, uint64_t addr, enum garbage_turn turn)
{
	const uint8_t *p = heap_at(h->vm, addr, CDATA_SIZE);
	const bool finalizable = turn == WITH_FINALIZER;
	struct garbage *g = &h->out->garbage;
	struct tally held = hold_contents(h, p, addr), *to = finalizable ? &g->finalizable : &g->other;

	to->objects += held.objects;
	to->bytes += held.bytes;
	/* what was there before says nothing of the block */
	return held.objects == 0 || turn == LEFT_OVER || count_kind(h, p, addr, held, finalizable);
}

/* The addresses of all garbage, by turn. False when memory ran out. */
static bool sort_garbage(const struct holding *h, const struct ctypes *c, struct addr_list *turns)
{
	const struct addr_list *with = &h->vm->finalizable, *all = &h->vm->foreign;	/* in one order */
	bool ok = true;

	for (size_t i = 0, k = 0; ok && i < all->count; i++) {
		const uint64_t addr = all->list[i];
		const uint8_t *p = heap_at(h->vm, addr, CDATA_SIZE);
		const bool has_finalizer = k < with->count && with->list[k] == addr;

		ahead_address(h->vm, all, i);
		k += has_finalizer;
		if (p && (p[O_GCT] == T_CDATA || p[O_GCT] == T_UDATA) && !heap_is_marked(p))
			ok = addr_list_push(&turns[has_finalizer ? WITH_FINALIZER : turn_of(h, c, p, addr)], addr);
	}
	return ok;
}

static bool hold_garbage(struct holding *h, const struct ctypes *c)
{
	struct addr_list turns[TURNS] = {0};
	bool ok = sort_garbage(h, c, turns);

	for (int turn = 0; turn < TURNS; turn++) {
		for (size_t i = 0; ok && i < turns[turn].count; i++) {
			ahead_address(h->vm, &turns[turn], i);
			ok = count_garbage(h, turns[turn].list[i], turn);
		}
		free(turns[turn].list);
	}
	return ok;
}

bool held_take(struct marking *m, struct vm *vm, const struct place *places, size_t count)
{
	struct holding h = {m, vm, places, count};
	struct ctypes c;
	bool ok;

	ctypes_open(&c, vm);
	ok = hold_paths(&h) && hold_garbage(&h, &c);
	ctypes_close(&c);
	return ok && !m->holders->failed;
}
