#include "paths/adders.h"
#include "base/json.h"
#include "base/list.h"
#include "luajit/source.h"
#include "paths/chain.h"
#include "paths/path-list.h"

#include <string.h>

enum { SHOWN = 8 };	/* lines of either kind that a path shows */

bool adders_add(struct adders *a, struct adder one)
{
	if (!LIST_HAS_ROOM(a->list, a->count, a->room))
		return false;
	a->list[a->count++] = one;
	return true;
}

void adders_free(struct adders *a)
{
	free(a->list);
	trie_free(&a->texts);
	memset(a, 0, sizeof(*a));
}

/* -- Settling ------------------------------------------------------------ */

/* Functions of several paths may store on one line: the smallest path names it. */
static int by_place(const void *a, const void *b)
{
	const struct adder *x = a, *y = b;
	int order = x->node != y->node ? path_list_compare(x->node, y->node) : x->replaces - y->replaces;

	if (order == 0)
		order = strcmp(trie_sorting->steps[x->text].text, trie_sorting->steps[y->text].text);
	return order ? order : path_list_compare(x->function, y->function);
}

bool adders_settle(struct adders *a, struct vm *vm, const uint32_t *became)
{
	char text[1024];
	uint32_t kept = 0;

	for (uint32_t i = 0; i < a->count; i++) {
		struct adder *one = &a->list[i];

		one->node = chain_folded(became, one->node);
		if (one->function != NO_NODE)
			one->function = chain_folded(became, one->function);
		one->text = trie_step(&a->texts, text, source_line(vm, one->proto, one->line, text, sizeof(text)));
		if (one->text == NO_STEP)
			return false;
	}
	trie_sort(&a->texts, a->list, a->count, sizeof(*a->list), by_place);
	for (uint32_t i = 0; i < a->count; i++) {
		const struct adder *last = kept ? &a->list[kept - 1] : NULL, one = a->list[i];

		if (!last || last->node != one.node || last->replaces != one.replaces || last->text != one.text)
			a->list[kept++] = one;
	}
	a->count = kept;
	return true;
}

/* -- Writing ------------------------------------------------------------- */

struct adder *adders_of(struct adders *a, uint32_t node, uint32_t *count)
{
	const uint32_t first = path_list_first(a->list, a->count, sizeof(*a->list), node);

	for (*count = 0; first + *count < a->count && a->list[first + *count].node == node;)
		++*count;
	return *count ? &a->list[first] : NULL;
}

/* `.go` and `.^go` name a function go; what an index or a metatable leads to has no name. */
static void write_name(struct line *l, const struct trie *paths, uint32_t function)
{
	const struct step *s = function == NO_NODE ? NULL : &paths->steps[paths->nodes[function].step];

	if (!s || paths->nodes[function].parent == NO_NODE || s->length < 2 || s->text[0] != '.' || s->text[1] == '<') {
		line_text(l, "null");
		return;
	}
	const uint32_t skip = s->text[1] == '^' ? 2 : 1;

	json_line(l, s->text + skip, s->length - skip);
}

static void write_kind(struct line *l, const struct adder *list, uint32_t count, bool replaces, const struct trie *paths)
{
	uint32_t written = 0;

	for (uint32_t i = 0; i < count && written < SHOWN; i++) {
		if (list[i].replaces != replaces)
			continue;
		line_text(l, written++ ? ",[" : replaces ? ",\"set\":[[" : ",\"add\":[[");
		line_number(l, list[i].source);
		line_text(l, ",");
		write_name(l, paths, list[i].function);
		line_text(l, "]");
	}
	if (written)
		line_text(l, "]");
}

void adders_write(struct line *l, struct adders *a, const struct trie *paths, uint32_t node)
{
	uint32_t count;
	const struct adder *list = adders_of(a, node, &count);

	write_kind(l, list, count, false, paths);
	write_kind(l, list, count, true, paths);
}
