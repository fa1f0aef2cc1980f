#include "malloc/lost.h"
#include "malloc/text-end.h"
#include "base/json.h"
#include "base/pair-map.h"
#include "base/list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 16, WORD_BITS = 64 };

#define EACH_LOST(s, k) for (uint64_t next_ = 0; block_unmarked((s), next_, &(k)); next_ = (k).start + 1)

/* -- Kinds --------------------------------------------------------------- */

static void count_kind(struct lost *l, struct lost_kinds *kinds, struct pair_map *index, uint64_t key, uint64_t bytes)
{
	uint32_t id = pair_map_get(index, key, 0);

	if (id == NO_VALUE) {
		id = (uint32_t)kinds->count;
		if (!LIST_HAS_ROOM(kinds->list, kinds->count, kinds->room) || !pair_map_put(index, key, 0, id)) {
			l->failed = true;
			return;
		}
		kinds->list[kinds->count++] = (struct lost_kind){.key = key};
	}
	kinds->list[id].lost.objects++;
	kinds->list[id].lost.bytes += bytes;
}

/* The most bytes first. */
static int by_bytes(const void *a, const void *b)
{
	const struct lost_kind *x = a, *y = b;

	if (x->lost.bytes != y->lost.bytes)
		return x->lost.bytes < y->lost.bytes ? 1 : -1;
	return (x->key > y->key) - (x->key < y->key);
}

/* What a block begins with often tells whose it is: a table of methods, a vtable. */
static void count_place(struct lost *l, struct pair_map *index, const struct block *k, const struct symbols *s, struct arena_span allocator)
{
	uint64_t begin, size, word;
	const uint8_t *bytes = block_bytes(k, &begin, &size);

	if (size < 8)
		return;
	memcpy(&word, bytes, 8);
	if (symbols_module(s, word) && !(word >= allocator.start && word < allocator.end))
		count_kind(l, &l->places, index, word, k->size);
}

/* -- What lost blocks point at ------------------------------------------- */

static bool is_pointed(const struct block *k)
{
	const uint64_t granule = (k->start - k->span->start) / GRANULE;

	return k->span->whole ? k->span->whole_pointed : k->span->pointed[granule / WORD_BITS] >> granule % WORD_BITS & 1;
}

static void set_pointed(const struct block *k)
{
	const uint64_t granule = (k->start - k->span->start) / GRANULE;

	if (k->span->whole)
		k->span->whole_pointed = true;
	else
		k->span->pointed[granule / WORD_BITS] |= UINT64_C(1) << granule % WORD_BITS;
}

static bool make_room(struct blocks *b)
{
	for (size_t i = 0; i < b->nspans; i++) {
		struct block_span *s = &b->spans[i];

		if (s->whole)
			continue;
		s->pointed = calloc((size_t)((s->end - s->start) / GRANULE / WORD_BITS) + 1, sizeof(*s->pointed));
		if (!s->pointed)
			return false;
	}
	return true;
}

/* Which lost blocks this one points at; one that points at itself is not held by that. */
static void note_pointed(const struct blocks *b, const struct block *from)
{
	uint64_t begin, size, word;
	const uint8_t *bytes = block_bytes(from, &begin, &size);
	struct block to;

	for (uint64_t i = 0; i + 8 <= size; i += 8) {
		memcpy(&word, bytes + i, 8);
		if (block_named(b, word, i, &to) && to.start != from->start && !block_marked(&to) && !text_ends_in(bytes + i, i))
			set_pointed(&to);
	}
}

/* -- Finding ------------------------------------------------------------- */

static void count_all(struct lost *l, struct holders *h, const struct symbols *s, struct arena_span allocator)
{
	struct pair_map sizes = {0}, places = {0};

	for (size_t i = 0; i < h->blocks.nspans; i++) {
		struct block k;

		EACH_LOST(&h->blocks.spans[i], k) {
			l->all.objects++;
			l->all.bytes += k.size;
			count_kind(l, &l->sizes, &sizes, k.size, k.size);
			count_place(l, &places, &k, s, allocator);
			note_pointed(&h->blocks, &k);
		}
	}
	pair_map_clear(&sizes);
	pair_map_clear(&places);
}

/* Those that nothing points at first. What is left then goes round in rings: one of each is taken as what was lost. */
static void count_direct(struct lost *l, struct holders *h, bool rings)
{
	for (size_t i = 0; i < h->blocks.nspans; i++) {
		struct block k;

		EACH_LOST(&h->blocks.spans[i], k) {
			if (!rings && is_pointed(&k))
				continue;
			l->direct.objects++;
			l->direct.bytes += k.size;
			holders_take_block(h, &k);
		}
	}
}

static void sort(struct lost_kinds *kinds)
{
	if (kinds->count)
		qsort(kinds->list, kinds->count, sizeof(*kinds->list), by_bytes);
}

void lost_find(struct lost *l, struct holders *h, const struct symbols *s, struct arena_span allocator)
{
	memset(l, 0, sizeof(*l));
	if (!make_room(&h->blocks)) {
		l->failed = true;
		return;
	}
	count_all(l, h, s, allocator);
	count_direct(l, h, false);
	count_direct(l, h, true);
	l->failed |= h->failed;
	sort(&l->sizes);
	sort(&l->places);
}

void lost_free(struct lost *l)
{
	free(l->sizes.list);
	free(l->places.list);
	memset(l, 0, sizeof(*l));
}

/* -- Writing ------------------------------------------------------------- */

void lost_json(FILE *out, const struct lost *l, const struct symbols *s)
{
	fprintf(out, "{\"blocks\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"direct\":[%" PRIu64 ",%" PRIu64 "],\"sizes\":[", l->all.objects,
		l->all.bytes, l->direct.objects, l->direct.bytes);
	for (size_t i = 0; i < l->sizes.count && i < SHOWN; i++)
		fprintf(out, "%s[%" PRIu64 ",%" PRIu64 "]", i ? "," : "", l->sizes.list[i].key, l->sizes.list[i].lost.objects);
	fputs("],\"libraries\":[", out);
	for (size_t i = 0; i < l->places.count && i < SHOWN; i++) {
		const struct lost_kind *k = &l->places.list[i];
		char name[160];
		size_t length = symbols_name(s, k->key, name, sizeof(name));

		fputs(i ? ",[" : "[", out);
		json_string(out, name, length);
		fprintf(out, ",%" PRIu64 ",%" PRIu64 "]", k->lost.objects, k->lost.bytes);
	}
	fputs("]}", out);
}
