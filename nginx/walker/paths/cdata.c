#include "paths/cdata.h"
#include "paths/chain.h"
#include "base/json.h"
#include "base/list.h"
#include "base/merge-sort.h"
#include "paths/path-list.h"

#include <string.h>

enum { SHOWN = 16 };	/* kinds of cdata that a path shows; the rest are one */

static bool is_kind(const struct cdata_kind *k, uint32_t node, uint32_t type, uint32_t finalizer)
{
	return k->node == node && k->type == type && k->finalizer == finalizer;
}

static uint32_t kind_of(struct cdata_kinds *k, uint32_t node, uint32_t type, uint32_t finalizer)
{
	const uint64_t key = (uint64_t)finalizer << 32 | type;
	uint32_t id = pair_map_get(&k->index, node, key);

	if (id != NO_VALUE)
		return id;
	if (!LIST_HAS_ROOM(k->list, k->count, k->room) ||
	    !pair_map_put(&k->index, node, key, k->count))
		return NO_VALUE;
	k->list[k->count] = (struct cdata_kind){.node = node, .type = type, .finalizer = finalizer};
	return k->count++;
}

bool cdata_count(struct cdata_kinds *k, uint32_t node, uint32_t type, uint32_t finalizer, int64_t sign)
{
	uint32_t id = k->last < k->count && is_kind(&k->list[k->last], node, type, finalizer) ? k->last
											     : kind_of(k, node, type, finalizer);

	if (id == NO_VALUE)
		return false;
	k->list[id].objects += (uint64_t)sign;
	k->last = id;
	return true;
}

uint32_t cdata_finalizer(struct cdata_kinds *k, struct finalizer f)
{
	uint32_t id = pair_map_get(&k->finalizer_index, f.type, f.address);

	if (id != NO_VALUE)
		return id + 1;
	if (!LIST_HAS_ROOM(k->finalizers, k->nfinalizers, k->finalizers_room) ||
	    !pair_map_put(&k->finalizer_index, f.type, f.address, k->nfinalizers))
		return 0;
	k->finalizers[k->nfinalizers++] = f;
	return k->nfinalizers;
}

void cdata_clear(struct cdata_kinds *k)
{
	k->count = k->last = 0;
	pair_map_clear(&k->index);
}

void cdata_free(struct cdata_kinds *k)
{
	free(k->list);
	free(k->finalizers);
	pair_map_clear(&k->index);
	pair_map_clear(&k->finalizer_index);
	pair_map_clear(&k->finalizer_of);
	trie_free(&k->names);
	memset(k, 0, sizeof(*k));
}

/* -- Writing ------------------------------------------------------------- */

static int by_kind(const void *a, const void *b)
{
	const struct cdata_kind *x = a, *y = b;

	if (x->node != y->node)
		return path_list_compare(x->node, y->node);
	return x->type != y->type ? path_list_compare(x->type, y->type) : path_list_compare(x->finalizer, y->finalizer);
}

static const char *text_of(const struct trie *names, uint32_t step)
{
	return step == NO_STEP ? "" : names->steps[step].text;
}

static int by_objects(const void *a, const void *b)
{
	const struct cdata_kind *x = a, *y = b;
	int order = path_list_order(x->node, x->objects, y->node, y->objects);

	if (order == 0)
		order = strcmp(text_of(trie_sorting, x->type), text_of(trie_sorting, y->type));
	return order ? order : strcmp(text_of(trie_sorting, x->finalizer), text_of(trie_sorting, y->finalizer));
}

static void add_kind(struct cdata_kind *to, const struct cdata_kind *one)
{
	to->objects += one->objects;
	to->malloc.objects += one->malloc.objects;
	to->malloc.bytes += one->malloc.bytes;
}

void cdata_settle(struct cdata_kinds *k, const uint32_t *became)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; became && i < k->count; i++)
		k->list[i].node = chain_folded(became, k->list[i].node);
	merge_sort(k->list, k->count, sizeof(*k->list), by_kind);
	for (uint32_t i = 0; i < k->count; i++) {
		struct cdata_kind *last = kept ? &k->list[kept - 1] : NULL, one = k->list[i];

		if (one.objects == 0)
			continue;
		if (last && is_kind(last, one.node, one.type, one.finalizer))
			add_kind(last, &one);
		else
			k->list[kept++] = one;
	}
	k->count = kept;
	trie_sort(&k->names, k->list, kept, sizeof(*k->list), by_objects);
}

void cdata_name(struct line *l, const struct trie *names, uint32_t step)
{
	if (step == NO_STEP)
		line_text(l, "null");
	else
		json_line(l, names->steps[step].text, names->steps[step].length);
}

void cdata_write(struct line *l, const struct cdata_kinds *k, uint32_t node)
{
	const uint32_t first = path_list_first(k->list, k->count, sizeof(*k->list), node);
	uint64_t rest = 0;

	if (first == k->count || k->list[first].node != node)
		return;
	line_text(l, ",\"ct\":[");
	for (uint32_t i = first; i < k->count && k->list[i].node == node; i++) {
		const struct cdata_kind *one = &k->list[i];

		if (i - first >= SHOWN) {
			rest += one->objects;
			continue;
		}
		line_text(l, i > first ? ",[" : "[");
		cdata_name(l, &k->names, one->type);
		line_text(l, ",");
		cdata_name(l, &k->names, one->finalizer);
		line_text(l, ",");
		line_number(l, one->objects);
		line_text(l, "]");
	}
	if (rest) {
		line_text(l, ",[\"...\",null,");
		line_number(l, rest);
		line_text(l, "]");
	}
	line_text(l, "]");
}
