/*
** What Lua's objects hold of malloc's blocks: every aligned word in a cdata's or userdata's contents that is an address in
** one, and light userdata, which count for the table, function or stack that has them. C code casts as it likes, so a
** cdata's type does not say where it keeps addresses.
*/
#include "luajit/ctype.h"
#include "marker/marker.h"

/* Something that holds addresses, at its path. */
struct place {
	uint32_t node;
	bool is_address;		/* a light userdata: `address` is what it holds; else that of an object */
	uint64_t address;
};

/* -- Contents ------------------------------------------------------------ */

static struct tally hold_contents(struct marker *m, const uint8_t *p, uint64_t addr)
{
	uint64_t from = CDATA_SIZE, length = 0, size = 0;
	const uint8_t *contents;

	if (p[O_GCT] == T_UDATA) {
		from = UD_SIZE;
		length = get_u32(p + UD_LEN);
	} else if (get_marked(p) & MARK_CDATA_VAR) {
		const uint8_t *var = at(m, addr - 8, 8);

		length = var ? get_u32(var + 4) : 0;
	} else if (object_size(m->vm, p, addr, &size) && size > CDATA_SIZE) {
		length = size - CDATA_SIZE;
	}
	contents = at(m, addr + from, length);
	return contents ? hold_bytes(m->out->holders, contents, length) : (struct tally){0, 0};
}

/* -- At paths ------------------------------------------------------------ */

void note_place(struct marker *m, uint32_t node, uint64_t address, bool is_address)
{
	struct place *list;

	if (!m->out->holders)
		return;
	list = grown(m, m->places, m->nplaces, &m->places_room, sizeof(*list));
	if (!list)
		return;
	m->places = list;
	list[m->nplaces++] = (struct place){node, is_address, address};
}

/* Most light userdata are ngx.null or name something in the program: only addresses of blocks are worth a note. */
void note_lightud(struct marker *m, uint32_t node, uint64_t tv)
{
	const uint64_t address = m->out->holders ? lightud_address(m, tv) : 0;
	struct block k;

	if (address && block_at(&m->out->holders->blocks, address, &k))
		note_place(m, node, address, true);
}

/* Objects that are reached, but for cdata without a field for their path: those were noted when they were reached. */
static void note_objects(struct marker *m)
{
	for (size_t i = 0; i < m->vm->foreign.count && !m->failed; i++) {
		const uint64_t addr = m->vm->foreign.list[i];
		const uint8_t *p = at(m, addr, CDATA_SIZE);

		if (p && (p[O_GCT] == T_CDATA || p[O_GCT] == T_UDATA) && is_marked(p) && has_scratch(p))
			note_place(m, path_of(m, p), addr, false);
	}
}

/* Order of paths: what the program keeps before what is on its way (stacks, traces), then the shortest, then the smallest. */
struct path_order {
	uint32_t *nodes;		/* that hold something, in order */
	size_t count;
	size_t *next;			/* per node: where its next place goes */
};

static const struct trie *sorting;
static const uint8_t *sorting_late;

static int by_order(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (sorting_late[x] != sorting_late[y])
		return sorting_late[x] - sorting_late[y];
	if (sorting->nodes[x].depth != sorting->nodes[y].depth)
		return sorting->nodes[x].depth < sorting->nodes[y].depth ? -1 : 1;
	return trie_compare(sorting, x, y);
}

/* 1 for each path that leads through a stack, or from one of the collector's own roots. Parents come before children. */
static uint8_t *late_paths(const struct marker *m)
{
	const struct trie *t = m->trie;
	uint8_t *late = calloc((size_t)t->nnodes + 1, 1);

	for (uint32_t i = 0; late && i < t->nnodes; i++) {
		const struct node *n = &t->nodes[i];

		if (n->parent == NO_NODE)
			late[i] = strncmp(t->steps[n->step].text, "gcroot.", 7) == 0;
		else
			late[i] = n->step == m->steps.stack || late[n->parent];
	}
	return late;
}

static void hold_place(struct marker *m, const struct place *place)
{
	const uint8_t *p = place->is_address ? NULL : at(m, place->address, CDATA_SIZE);
	struct tally held = {0, 0}, *to = &m->trie->nodes[place->node].malloc;

	if (place->is_address)
		held = hold_address(m->out->holders, place->address);
	else if (p)
		held = hold_contents(m, p, place->address);
	to->objects += held.objects;
	to->bytes += held.bytes;
}

/* Places by path, the paths in order; those of one path as they were found. */
static bool hold_in_order(struct marker *m, struct path_order *o, struct place *sorted)
{
	size_t begin = 0;

	for (size_t i = 0; i < m->nplaces; i++)
		if (o->next[m->places[i].node]++ == 0)
			o->nodes[o->count++] = m->places[i].node;
	if (o->count)
		qsort(o->nodes, o->count, sizeof(*o->nodes), by_order);
	for (size_t i = 0; i < o->count; i++) {
		const size_t count = o->next[o->nodes[i]];

		o->next[o->nodes[i]] = begin;
		begin += count;
	}
	for (size_t i = 0; i < m->nplaces; i++)
		sorted[o->next[m->places[i].node]++] = m->places[i];
	for (size_t i = 0; i < m->nplaces; i++)
		hold_place(m, &sorted[i]);
	return true;
}

static void hold_paths(struct marker *m)
{
	uint8_t *late = late_paths(m);
	struct path_order o = {.nodes = malloc(((size_t)m->trie->nnodes + 1) * sizeof(*o.nodes)),
			       .next = calloc((size_t)m->trie->nnodes + 1, sizeof(*o.next))};
	struct place *sorted = malloc((m->nplaces + 1) * sizeof(*sorted));

	sorting = m->trie;
	sorting_late = late;
	if (!late || !o.nodes || !o.next || !sorted || !hold_in_order(m, &o, sorted))
		fail(m, "out of memory");
	free(late);
	free(o.nodes);
	free(o.next);
	free(sorted);
}

/* -- Garbage ------------------------------------------------------------- */

static void count_garbage(struct marker *m, const uint8_t *p, uint64_t addr, bool finalizable)
{
	struct garbage *g = &m->out->garbage;
	struct tally held = hold_contents(m, p, addr), *to = finalizable ? &g->finalizable : &g->other;
	const bool is_udata = p[O_GCT] == T_UDATA;
	struct cdata_kind *kind;

	if (held.objects == 0)
		return;
	to->objects += held.objects;
	to->bytes += held.bytes;
	if (!cdata_count(&g->kinds, 0, is_udata ? KIND_USERDATA : get_u16(p + CDATA_CTYPEID),
			 !finalizable ? 0 : is_udata ? KIND_METAMETHOD : cdata_finalizer_of(m, p, addr), 1)) {
		fail(m, "out of memory");
		return;
	}
	kind = &g->kinds.list[g->kinds.last];
	kind->malloc.objects += held.objects;
	kind->malloc.bytes += held.bytes;
}

/* In this order; where two hold the same block, the first has it. */
enum garbage_turn {
	WITH_FINALIZER,
	WITHOUT_FINALIZER,
	PLAIN_NUMBERS,		/* an address cast to uintptr_t, to compare it: what points there says more */
};

static enum garbage_turn turn_of(const struct ctypes *c, const uint8_t *p, bool has_finalizer)
{
	if (has_finalizer)
		return WITH_FINALIZER;
	return p[O_GCT] == T_CDATA && ctype_is_number(c, get_u16(p + CDATA_CTYPEID)) ? PLAIN_NUMBERS : WITHOUT_FINALIZER;
}

/* Both lists are in one order. */
static void hold_garbage(struct marker *m, const struct ctypes *c, enum garbage_turn turn)
{
	const struct addr_list *with = &m->vm->finalizable, *all = &m->vm->foreign;

	for (size_t i = 0, k = 0; i < all->count && !m->failed; i++) {
		const uint64_t addr = all->list[i];
		const uint8_t *p = at(m, addr, CDATA_SIZE);
		const bool has_finalizer = k < with->count && with->list[k] == addr;

		k += has_finalizer;
		if (p && (p[O_GCT] == T_CDATA || p[O_GCT] == T_UDATA) && !is_marked(p) && turn_of(c, p, has_finalizer) == turn)
			count_garbage(m, p, addr, has_finalizer);
	}
}

void hold_objects(struct marker *m)
{
	struct ctypes c;

	note_objects(m);
	if (!m->failed)
		hold_paths(m);
	ctypes_open(&c, m->vm);
	hold_garbage(m, &c, WITH_FINALIZER);
	hold_garbage(m, &c, WITHOUT_FINALIZER);
	hold_garbage(m, &c, PLAIN_NUMBERS);
	ctypes_close(&c);
	if (m->out->holders->failed)
		fail(m, "out of memory");
}
