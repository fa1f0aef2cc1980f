#include "paths/trie.h"
#include "paths/chain.h"
#include "base/list.h"
#include "base/merge-sort.h"

#include <assert.h>
#include <string.h>

enum { MAX_NODES = 1 << 20 };	/* beyond: objects stay with their parent's path */

void trie_init(struct trie *t)
{
	memset(t, 0, sizeof(*t));
}

void trie_free(struct trie *t)
{
	for (struct step_texts *one = t->kept, *before; one; one = before) {
		before = one->before;
		free(one);
	}
	free(t->steps);
	free(t->nodes);
	pair_map_clear(&t->children);
	pair_map_clear(&t->texts);
	memset(t, 0, sizeof(*t));
}

void trie_empty(struct trie *t)
{
	t->nnodes = 0;
	pair_map_empty(&t->children);
}

static uint32_t trie_new(struct trie *t, uint32_t parent, uint32_t step)
{
	struct node *n;

	assert(parent == NO_NODE || parent < t->nnodes);
	if (step == NO_STEP || !LIST_HAS_ROOM(t->nodes, t->nnodes, t->nodes_room)) {
		t->failed = true;
		return 0;
	}
	n = &t->nodes[t->nnodes];
	memset(n, 0, sizeof(*n));
	n->parent = parent;
	n->step = step;
	n->first_child = n->next_sibling = NO_NODE;
	if (parent != NO_NODE) {
		n->depth = t->nodes[parent].depth + 1;
		n->next_sibling = t->nodes[parent].first_child;
		t->nodes[parent].first_child = t->nnodes;
	}
	return t->nnodes++;
}

uint32_t trie_root(struct trie *t, const char *name)
{
	uint32_t step = trie_step(t, name, strlen(name));
	uint32_t id = pair_map_get(&t->children, NO_NODE, step);

	if (id != NO_NODE)
		return id;
	id = trie_new(t, NO_NODE, step);
	if (!pair_map_put(&t->children, NO_NODE, step, id))
		t->failed = true;
	return id;
}

uint32_t trie_child(struct trie *t, uint32_t parent, uint32_t step)
{
	uint32_t id = pair_map_get(&t->children, parent, step);

	if (id != NO_NODE)
		return id;
	if (t->nnodes >= MAX_NODES)
		return parent;
	id = chain_link(t, parent, step);
	if (id == NO_NODE)
		id = trie_new(t, parent, step);
	if (!pair_map_put(&t->children, parent, step, id))
		t->failed = true;
	return id;
}

int trie_compare(const struct trie *t, uint32_t a, uint32_t b)
{
	const uint32_t a0 = a, b0 = b;
	const struct node *n = t->nodes;

	while (n[a].depth > n[b].depth)
		a = n[a].parent;
	while (n[b].depth > n[a].depth)
		b = n[b].parent;
	if (a == b)
		return n[a0].depth < n[b0].depth ? -1 : n[a0].depth > n[b0].depth;
	while (n[a].parent != n[b].parent) {
		a = n[a].parent;
		b = n[b].parent;
	}
	if (n[a].parent == NO_NODE)
		return a < b ? -1 : 1;	/* roots are made in their order */
	return strcmp(t->steps[n[a].step].text, t->steps[n[b].step].text);
}

void trie_absorb(struct node *into, const struct node *from)
{
	for (int i = 0; i < NTYPES; i++) {
		into->own[i].objects += from->own[i].objects;
		into->own[i].bytes += from->own[i].bytes;
	}
	for (int i = 0; i < NENTRIES; i++)
		into->entries[i] += from->entries[i];
	into->array_used += from->array_used;
	into->array_slots += from->array_slots;
	into->hash_used += from->hash_used;
	into->hash_slots += from->hash_slots;
	into->slot_bytes += from->slot_bytes;
	into->payload += from->payload;
	into->malloc.objects += from->malloc.objects;
	into->malloc.bytes += from->malloc.bytes;
	into->lru_objects += from->lru_objects;
	into->lru_items += from->lru_items;
	into->lru_max += from->lru_max;
	into->metatables += from->metatables;
	into->idle += from->idle;
	into->weak |= from->weak;
	into->class = class_common(into->class, from->class);
	into->classed += from->classed;
	if (!into->source)
		into->source = from->source;
}

const struct trie *trie_sorting;

void trie_sort(const struct trie *t, void *list, size_t count, size_t item_size, int (*order)(const void *a, const void *b))
{
	trie_sorting = t;
	merge_sort(list, count, item_size, order);
}
