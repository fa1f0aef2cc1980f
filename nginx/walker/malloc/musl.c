#include "malloc/musl.h"
#include "base/addr-list.h"
#include "base/list.h"
#include "base/page.h"

#include <stdlib.h>
#include <string.h>

enum {
	UNIT = 16,			/* of slots; a group has so many bytes before its first */
	AREA = 4096,			/* size and alignment of an area, whatever a page is */
	CLASSES = 48, NO_CLASS = 63,	/* a large block has a group for itself */
	MOST_IN_GROUP = 32,
	/* malloc_context */
	SECRET_AT = 0, INIT_DONE_AT = 8, HEAD_AT = 56, TAIL_AT = 64,
	/* meta_area */
	CHECK_AT = 0, NEXT_AT = 8, NSLOTS_AT = 16, SLOTS_AT = 24,
	/* meta */
	META_SIZE = 40, MEM_AT = 16, AVAIL_AT = 24, FREED_AT = 28, BITS_AT = 32,
	MOST_SLOTS = (AREA - SLOTS_AT) / META_SIZE,
	ADDRESS_BITS = 47,
};

/* Sizes of slots, in UNITs. */
static const uint16_t class_units[CLASSES] = {1,    2,	  3,	4,    5,    6,	  7,	8,    9,    10,	  12,	15,   18,   20,	  25,	31,
					      36,   42,	  50,	63,   72,   84,	  102,	127,  146,  170,  204,	255,  292,  340,  409,	511,
					      584,  682,  818,	1023, 1169, 1364, 1637, 2047, 2340, 2730, 3276, 4095, 4680, 5460, 6552, 8191};

/* Slots of one size, the first UNIT bytes after mem. */
struct group {
	uint64_t mem, stride;
	uint64_t mapped;		/* size of the mapping it has for itself; 0: it is in another's slot, or in what a library's data leave of a page */
	const uint8_t *copy;
	uint32_t used;			/* a bit per slot; one that has a group in it is none */
	unsigned slots;
};

struct reading {
	struct musl *m;
	const struct musl_memory *from;
	struct group *groups;
	size_t count, room;
	struct addr_list areas;
};

/* -- Where it begins ------------------------------------------------------ */

static uint64_t word_in(const struct reading *r, uint64_t address)
{
	return roots_word(r->from->roots, r->from->im, address);
}

static bool may_be_area(uint64_t word)
{
	return word != 0 && word % AREA == 0 && word >> ADDRESS_BITS == 0;
}

/* Whether malloc_context's field `meta_area_head` is at this address: its secret is that of the first area and of the last. */
static bool is_head(const struct reading *r, uint64_t at, uint64_t head)
{
	const uint64_t context = at - HEAD_AT, tail = word_in(r, context + TAIL_AT);
	const uint64_t secret = image_word(r->from->im, head + CHECK_AT);

	return secret != 0 && word_in(r, context + SECRET_AT) == secret && (uint32_t)word_in(r, context + INIT_DONE_AT) == 1 &&
	       may_be_area(tail) && image_word(r->from->im, tail + CHECK_AT) == secret && image_word(r->from->im, tail + NEXT_AT) == 0;
}

/* The address of the first area that these bytes lead to; 0 where they do not. */
static uint64_t find_head(const struct reading *r, uint64_t start, const uint8_t *bytes, uint64_t size)
{
	for (uint64_t i = -start & 7; i + 8 <= size; i += 8) {
		const uint64_t word = word_at(bytes, i);

		if (may_be_area(word) && is_head(r, start + i, word))
			return word;
	}
	return 0;
}

/* In the data of the program or of libc: a part of it has a file behind it, the rest starts as zeros. */
static uint64_t find_first_area(const struct reading *r)
{
	const struct roots *roots = r->from->roots;
	const struct zero_data_list *zero_data = r->from->zero_data;
	uint64_t head = 0;

	for (size_t i = 0; i < zero_data->count && !head; i++) {
		const struct zero_data *z = &zero_data->list[i];
		const uint8_t *bytes = z->end > z->start ? image_at(r->from->im, raddr(z->start), z->end - z->start) : NULL;

		head = bytes ? find_head(r, z->start, bytes, z->end - z->start) : 0;
	}
	for (size_t i = 0; i < roots->count && !head; i++)
		head = find_head(r, roots->list[i].start, roots->list[i].bytes, roots->list[i].size);
	return head;
}

/* -- Groups --------------------------------------------------------------- */

static uint32_t half_word(const uint8_t *p, size_t at)
{
	uint32_t v;

	memcpy(&v, p + at, sizeof(v));
	return v;
}

static uint64_t group_end(const struct group *g)
{
	const uint64_t slots_end = g->mem + UNIT + g->stride * g->slots;

	return g->mapped ? g->mem + g->mapped : slots_end;
}

/* A group alone with its slot in a mapping of its own has all of it, whatever its class. */
static bool fills_mapping(const struct group *g)
{
	return g->slots == 1 && g->mapped != 0;
}

/* What a meta says; false where its group does not say that it is the meta's. */
static bool read_group(struct reading *r, uint64_t meta, const uint8_t *bytes)
{
	const uint64_t bits = word_at(bytes, BITS_AT);
	const unsigned class = bits >> 6 & 63;
	struct group g = {.mem = word_at(bytes, MEM_AT), .mapped = (bits >> 12) * AREA, .slots = (bits & 31) + 1};
	const uint32_t all = g.slots == MOST_IN_GROUP ? UINT32_MAX : (UINT32_C(1) << g.slots) - 1;

	if (class < CLASSES)
		g.stride = (uint64_t)class_units[class] * UNIT;
	else if (class != NO_CLASS || !fills_mapping(&g))
		return false;
	if (g.mem % UNIT != 0 || g.mem >> ADDRESS_BITS != 0 || g.mapped >> ADDRESS_BITS != 0 || word_in(r, g.mem) != meta)
		return false;
	if (fills_mapping(&g))
		g.stride = g.mapped - UNIT;
	if (g.mapped && UNIT + g.stride * g.slots > g.mapped)
		return false;
	g.used = all & ~half_word(bytes, AVAIL_AT) & ~half_word(bytes, FREED_AT);
	g.copy = roots_at(r->from->roots, r->from->im, g.mem, group_end(&g) - g.mem);
	if (!g.copy)
		return false;
	if (!LIST_HAS_ROOM(r->groups, r->count, r->room))
		return !(r->m->failed = true);
	r->groups[r->count++] = g;
	return true;
}

/* Metas that describe no group are zeros, or linked in a list of such. */
static bool read_area(struct reading *r, uint64_t area, uint64_t secret)
{
	const uint8_t *bytes = image_at(r->from->im, raddr(area), AREA);
	const uint32_t slots = bytes ? half_word(bytes, NSLOTS_AT) : 0;

	if (!bytes || word_at(bytes, CHECK_AT) != secret || slots > MOST_SLOTS)
		return false;
	if (!addr_list_push(&r->areas, area))
		return !(r->m->failed = true);
	for (uint32_t i = 0; i < slots; i++) {
		const size_t at = SLOTS_AT + i * META_SIZE;

		if (word_at(bytes + at, MEM_AT) != 0 && !read_group(r, area + at, bytes + at))
			return false;
	}
	return true;
}

static bool read_areas(struct reading *r, uint64_t head)
{
	const uint64_t secret = image_word(r->from->im, head + CHECK_AT), most = r->from->im->mapped / AREA;

	for (uint64_t area = head; area; area = image_word(r->from->im, area + NEXT_AT))
		if (r->areas.count > most || !may_be_area(area) || !read_area(r, area, secret))
			return false;
	return true;
}

/* -- Groups in slots of others --------------------------------------------- */

static int by_mem(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	return (x->mem > y->mem) - (x->mem < y->mem);
}

/* Take the slot that a group is in from the one that has it; false where that is not in use, or ends too early. */
static bool take_slot(struct group *outer, const struct group *inner)
{
	const uint64_t first = outer->mem + UNIT, slot = inner->mem < first ? outer->slots : (inner->mem - first) / outer->stride;

	if (slot >= outer->slots || !(outer->used >> slot & 1) || group_end(inner) > first + (slot + 1) * outer->stride)
		return false;
	outer->used &= ~(UINT32_C(1) << slot);
	return true;
}

/* Groups may be as deep in each other as classes are many. Those by address that one is in are those that end after it. */
static bool nest(struct reading *r)
{
	struct group *open[CLASSES];
	size_t depth = 0;

	if (r->count > 1)
		qsort(r->groups, r->count, sizeof(*r->groups), by_mem);
	for (size_t i = 0; i < r->count; i++) {
		struct group *g = &r->groups[i];

		while (depth > 0 && group_end(open[depth - 1]) <= g->mem)
			depth--;
		if (depth == CLASSES || (depth > 0 && (g->mapped || !take_slot(open[depth - 1], g))))
			return false;
		open[depth++] = g;
	}
	return true;
}

/* -- Telling -------------------------------------------------------------- */

/*
** Groups that follow one another without a gap, in one stretch of copied memory, are one span, with all that is in their
** slots. What a library's data leave of a page is one by itself.
*/
static size_t end_of_span(const struct reading *r, size_t first, uint64_t *end)
{
	const struct group *g = r->groups;
	size_t i = first + 1;

	*end = group_end(&g[first]);
	for (; i < r->count && g[i].mem <= *end && g[i].copy == g[first].copy + (g[i].mem - g[first].mem) && !fills_mapping(&g[i]); i++) {
		if (g[i].mem == *end && (!g[first].mapped || !g[i].mapped))
			break;
		*end = group_end(&g[i]) > *end ? group_end(&g[i]) : *end;
	}
	return i;
}

static void tell_slots(const struct reading *r, const struct group *g, struct blocks *b)
{
	for (unsigned i = 0; i <= g->slots; i++) {
		const uint64_t start = g->mem + g->stride * i;

		blocks_add_bound(b, start);
		if (i == g->slots || !(g->used >> i & 1))
			continue;
		blocks_add(b, start, g->stride);
		r->m->totals.used += g->stride;
		r->m->totals.used_resident += pages_resident(r->from->claims->pages, start + UNIT, start + UNIT + g->stride);
	}
}

static void tell_whole(const struct reading *r, const struct group *g, struct blocks *b)
{
	if (!(g->used & 1))
		return;
	blocks_add_framed_whole(b, g->mem, g->mapped);
	r->m->totals.used += g->mapped;
	r->m->totals.used_resident += pages_resident(r->from->claims->pages, g->mem, g->mem + g->mapped);
}

static bool is_in_image(const struct reading *r, uint64_t start, uint64_t end)
{
	return image_at(r->from->im, raddr(start), end - start) != NULL;
}

/* A library's data are claimed already, with what they leave of their last page. */
static bool is_claimed(const struct reading *r, uint64_t start)
{
	for (size_t i = 0; i < r->from->zero_data->count; i++)
		if (start >= r->from->zero_data->list[i].start && start < r->from->zero_data->list[i].end)
			return true;
	return false;
}

/* As many bytes as there are become one claim's: areas, too, mostly follow one another. */
static void claim_areas(const struct reading *r)
{
	const struct addr_list *a = &r->areas;

	for (size_t i = 0, k; i < a->count; i = k) {
		for (k = i + 1; k < a->count && a->list[k] == a->list[k - 1] + AREA; k++)
			;
		claims_add(r->from->claims, a->list[i], a->list[k - 1] + AREA);
	}
}

static void tell(const struct reading *r, struct blocks *b)
{
	struct claims *c = r->from->claims;
	struct malloc_totals *t = &r->m->totals;
	uint64_t all = 0, end;

	c->bytes = 0;
	for (size_t i = 0, next; i < r->count; i = next) {
		const struct group *g = &r->groups[i];

		next = i + 1;
		if (fills_mapping(g)) {
			end = group_end(g);
			tell_whole(r, g, b);
		} else {
			next = end_of_span(r, i, &end);
			blocks_add_framed_span(b, g->mem, end, g->copy);
			for (size_t k = i; k < next; k++)
				tell_slots(r, &r->groups[k], b);
		}
		all += end - g->mem;
		if (is_in_image(r, g->mem, end) && !is_claimed(r, g->mem))
			claims_add(c, g->mem, end);
	}
	t->free = all - t->used;
	t->used_resident = t->used_resident < c->bytes ? t->used_resident : c->bytes;
	t->free_resident = c->bytes - t->used_resident;
	c->bytes = 0;
	claim_areas(r);
	r->m->lists_resident = c->bytes;
}

void musl_walk(struct musl *m, const struct musl_memory *memory, struct blocks *b)
{
	struct reading r = {.m = m, .from = memory};
	uint64_t head;

	memset(m, 0, sizeof(*m));
	head = find_first_area(&r);
	m->known = head && read_areas(&r, head) && nest(&r) && !m->failed;
	if (m->known)
		tell(&r, b);
	free(r.groups);
	free(r.areas.list);
}
