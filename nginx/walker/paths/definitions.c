#include "paths/definitions.h"
#include "paths/chain.h"
#include "luajit/source.h"
#include "base/list.h"
#include "base/merge-sort.h"
#include "paths/path-list.h"

#include <string.h>

enum { SHOWN = 8 };	/* sources that a path shows; the rest are one */

static uint64_t key_of(const uint8_t *proto)
{
	return (uint64_t)(uintptr_t)proto;
}

bool definitions_count(struct definitions *d, uint32_t node, const uint8_t *proto, bool *is_new)
{
	uint32_t id = d->last;

	*is_new = false;
	if (id >= d->count || d->list[id].node != node || d->list[id].proto != proto)
		id = pair_map_get(&d->index, node, key_of(proto));
	if (id == NO_VALUE) {
		if (!LIST_HAS_ROOM(d->list, d->count, d->room) ||
		    !pair_map_put(&d->index, node, key_of(proto), d->count))
			return false;
		id = d->count++;
		d->list[id] = (struct definition){.node = node, .proto = proto};
		*is_new = true;
	}
	d->list[id].objects++;
	d->last = id;
	return true;
}

void definitions_clear(struct definitions *d)
{
	d->count = d->last = 0;
	pair_map_clear(&d->index);
}

void definitions_free(struct definitions *d)
{
	free(d->list);
	pair_map_clear(&d->index);
	trie_free(&d->texts);
	memset(d, 0, sizeof(*d));
}

/* -- Settling ------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
	const struct definition *x = a, *y = b;

	return x->node != y->node ? path_list_compare(x->node, y->node) : path_list_compare(x->text, y->text);
}

static int by_objects(const void *a, const void *b)
{
	const struct definition *x = a, *y = b;
	int order = path_list_order(x->node, x->objects, y->node, y->objects);

	return order ? order : strcmp(trie_sorting->steps[x->text].text, trie_sorting->steps[y->text].text);
}

/* A prototype is at several paths, its own among them: its source is written once. */
static bool name_all(struct definitions *d, struct vm *vm, const uint32_t *became)
{
	struct pair_map named = {0};
	char text[1024];
	bool ok = true;

	for (uint32_t i = 0; ok && i < d->count; i++) {
		struct definition *one = &d->list[i];

		one->node = chain_folded(became, one->node);
		one->text = pair_map_get(&named, key_of(one->proto), 0);
		if (one->text != NO_VALUE)
			continue;
		one->text = trie_step(&d->texts, text, source_text(vm, one->proto, text, sizeof(text)));
		ok = one->text != NO_STEP && pair_map_put(&named, key_of(one->proto), 0, one->text);
	}
	pair_map_clear(&named);
	return ok;
}

bool definitions_settle(struct definitions *d, struct vm *vm, const uint32_t *became)
{
	uint32_t kept = 0;

	if (!name_all(d, vm, became))
		return false;
	merge_sort(d->list, d->count, sizeof(*d->list), by_text);
	for (uint32_t i = 0; i < d->count; i++) {
		struct definition *last = kept ? &d->list[kept - 1] : NULL, one = d->list[i];

		if (last && last->node == one.node && last->text == one.text)
			last->objects += one.objects;
		else
			d->list[kept++] = one;
	}
	d->count = kept;
	trie_sort(&d->texts, d->list, kept, sizeof(*d->list), by_objects);
	return true;
}

/* -- Writing ------------------------------------------------------------- */

struct definition *definitions_shown(struct definitions *d, uint32_t node, uint32_t *count)
{
	const uint32_t first = path_list_first(d->list, d->count, sizeof(*d->list), node);

	for (*count = 0; *count < SHOWN && first + *count < d->count && d->list[first + *count].node == node;)
		++*count;
	return *count ? &d->list[first] : NULL;
}

static void write_one(struct line *l, const char *before, uint64_t source, uint64_t objects)
{
	line_text(l, before);
	line_number(l, source);
	line_text(l, ",");
	line_number(l, objects);
	line_text(l, "]");
}

void definitions_write(struct line *l, struct definitions *d, uint32_t node)
{
	uint32_t count;
	const struct definition *one = definitions_shown(d, node, &count), *end = d->list + d->count;
	uint64_t rest = 0;

	if (count == 0)
		return;
	line_text(l, ",\"def\":[");
	for (uint32_t i = 0; i < count; i++, one++)
		write_one(l, i ? ",[" : "[", one->source, one->objects);
	for (; one < end && one->node == node; one++)
		rest += one->objects;
	if (rest)
		write_one(l, ",[-", 1, rest);
	line_text(l, "]");
}
