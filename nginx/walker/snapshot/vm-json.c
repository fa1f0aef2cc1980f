#include "snapshot/vm-json.h"
#include "paths/chain.h"
#include "base/line.h"
#include "base/json.h"
#include "paths/retained.h"
#include "luajit/ljalloc.h"
#include "luajit/source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { STRING = 0, CDATA = 6, TABLE = 7 };	/* of vm_type_names */

static void write_tally(FILE *out, const char *name, const struct tally *t)
{
	fprintf(out, "\"%s\":[%" PRIu64 ",%" PRIu64 "]", name, t->objects, t->bytes);
}

static void line_tally(struct line *l, const struct tally *t)
{
	line_text(l, "[");
	line_number(l, t->objects);
	line_text(l, ",");
	line_number(l, t->bytes);
	line_text(l, "]");
}

/* Types as a map; those that have none are left out. */
static void line_types(struct line *l, const char *name, const struct tally t[NTYPES])
{
	const char *comma = "\"";

	line_text(l, "\"");
	line_text(l, name);
	line_text(l, "\":{");
	for (int i = 0; i < NTYPES; i++) {
		if (t[i].objects == 0 && t[i].bytes == 0)
			continue;
		line_text(l, comma);
		line_text(l, vm_type_names[i]);
		line_text(l, "\":");
		line_tally(l, &t[i]);
		comma = ",\"";
	}
	line_text(l, "}");
}

static void write_types(FILE *out, const char *name, const struct tally t[NTYPES])
{
	struct line l;

	line_begin(&l, out);
	line_types(&l, name, t);
	line_end(&l);
}

static void write_internals(FILE *out, const struct internals *in)
{
	fprintf(out,
		"\"internals\":{\"globalState\":%" PRIu64 ",\"stringTable\":%" PRIu64 ",\"tmpbuf\":%" PRIu64
		",\"lightudSegments\":%" PRIu64 ",\"ctypes\":%" PRIu64 ",\"irBuffer\":%" PRIu64 ",\"snapBuffers\":%" PRIu64
		",\"traceTable\":%" PRIu64 "}",
		in->global_state, in->string_table, in->tmpbuf, in->lightud_segments, in->ctypes, in->ir_buffer, in->snap_buffers,
		in->trace_table);
}

/* -- Nodes --------------------------------------------------------------- */

static void line_entries(struct line *l, const struct node *n)
{
	const char *comma = "\"";

	line_text(l, ",\"e\":{");
	for (int i = 0; i < NENTRIES; i++) {
		if (n->entries[i] == 0)
			continue;
		line_text(l, comma);
		line_text(l, trie_entry_steps[i]);
		line_text(l, "\":");
		line_number(l, n->entries[i]);
		comma = ",\"";
	}
	line_text(l, "}");
}

/* A member that is left out where it is zero. */
static void line_member(struct line *l, const char *name, uint64_t n)
{
	if (n == 0)
		return;
	line_text(l, ",\"");
	line_text(l, name);
	line_text(l, "\":");
	line_number(l, n);
}

static void line_list(struct line *l, const char *name, const uint64_t *numbers, size_t count)
{
	line_text(l, ",\"");
	line_text(l, name);
	for (size_t i = 0; i < count; i++) {
		line_text(l, i ? "," : "\":[");
		line_number(l, numbers[i]);
	}
	line_text(l, "]");
}

static bool has_entries(const struct node *n)
{
	for (int i = 0; i < NENTRIES; i++)
		if (n->entries[i])
			return true;
	return false;
}

static bool has_objects(const struct node *n)
{
	for (int i = 0; i < NTYPES; i++)
		if (n->own[i].objects)
			return true;
	return false;
}

/* Indices in the sources: of a path's functions, and of the class of its tables; -1: none. */
struct node_sources {
	int64_t functions, class;
};

static void write_node(struct line *l, struct marking *m, const struct node *n, int64_t parent, struct node_sources sources)
{
	static const char *const weak[] = {"", "k", "v", "kv"};
	const struct step *s = &m->trie.steps[n->step];
	const uint32_t id = (uint32_t)(n - m->trie.nodes);

	line_text(l, "{\"p\":");
	if (parent < 0)
		line_text(l, "-1");
	else
		line_number(l, (uint64_t)parent);
	line_text(l, ",\"s\":");
	json_line(l, s->text, s->length);
	if (has_objects(n)) {
		line_text(l, ",");
		line_types(l, "o", n->own);
	}
	if (n->own[CDATA].objects)
		cdata_write(l, &m->cdata, id);
	if (has_entries(n))
		line_entries(l, n);
	if (n->slot_bytes)
		line_list(l, "sl", (uint64_t[]){n->array_used, n->array_slots, n->hash_used, n->hash_slots, n->slot_bytes}, 5);
	line_member(l, "ret", n->retained);
	line_member(l, "retMal", n->freed);
	line_member(l, "pay", n->payload);
	if (n->malloc.objects)
		line_list(l, "mal", (uint64_t[]){n->malloc.objects, n->malloc.bytes}, 2);
	if (n->lru_objects)
		line_list(l, "lru", (uint64_t[]){n->lru_objects, n->lru_items, n->lru_max}, 3);
	line_member(l, "mts", n->metatables);
	line_member(l, "idle", n->idle);
	if (sources.functions >= 0) {
		line_text(l, ",\"src\":");
		line_number(l, (uint64_t)sources.functions);
	}
	definitions_write(l, &m->definitions, id);
	adders_write(l, &m->adders, &m->trie, id);
	if (sources.class >= 0) {
		line_text(l, ",\"cls\":");
		line_number(l, (uint64_t)sources.class);
	}
	if (n->weak) {
		line_text(l, ",\"weak\":\"");
		line_text(l, weak[n->weak & 3]);
		line_text(l, "\"");
	}
	line_text(l, "}");
}

/* Preorder, children by step: the same heap gives the same text. */
struct order {
	uint32_t *nodes;
	size_t count;
};

static int by_step(const void *a, const void *b)
{
	const struct node *x = &trie_sorting->nodes[*(const uint32_t *)a], *y = &trie_sorting->nodes[*(const uint32_t *)b];

	return strcmp(trie_sorting->steps[y->step].text, trie_sorting->steps[x->step].text);	/* reversed: a stack is filled */
}

static bool order_nodes(const struct trie *t, struct order *o)
{
	uint32_t *stack = malloc((t->nnodes + 1) * sizeof(*stack));
	size_t depth = 0;

	o->nodes = malloc((t->nnodes + 1) * sizeof(*o->nodes));
	o->count = 0;
	if (!stack || !o->nodes) {
		free(stack);
		return false;
	}
	for (uint32_t i = t->nnodes; i-- > 0;)
		if (t->nodes[i].parent == NO_NODE)
			stack[depth++] = i;
	while (depth > 0) {
		uint32_t node = stack[--depth], c;
		size_t from = depth;

		o->nodes[o->count++] = node;
		for (c = t->nodes[node].first_child; c != NO_NODE; c = t->nodes[c].next_sibling)
			stack[depth++] = c;
		trie_sort(t, stack + from, depth - from, sizeof(*stack), by_step);
	}
	free(stack);
	return true;
}

/* Paths that hold something, or lead to one that does. */
static bool *worth_writing(const struct trie *t, const struct order *o)
{
	bool *keep = calloc(t->nnodes + 1, sizeof(*keep));

	for (size_t i = o->count; keep && i-- > 0;) {
		uint32_t node = o->nodes[i];

		if (keep[node] || has_objects(&t->nodes[node]) || has_entries(&t->nodes[node]) || t->nodes[node].parent == NO_NODE) {
			keep[node] = true;
			if (t->nodes[node].parent != NO_NODE)
				keep[t->nodes[node].parent] = true;
		}
	}
	return keep;
}

/* The names of LuaJIT's GCS* states, in their order. */
static void write_collector(FILE *out, const struct collector *c)
{
	static const char *const states[] = {"pause", "propagate", "atomic", "sweepstring", "sweep", "finalize"};

	fprintf(out,
		"\"gc\":{\"state\":\"%s\",\"threshold\":%" PRIu64 ",\"estimate\":%" PRIu64 ",\"debt\":%" PRIu64
		",\"pause\":%u,\"stepMul\":%u}",
		states[c->state < 6 ? c->state : 0], c->threshold, c->estimate, c->debt, c->pause, c->stepmul);
}

/* -- Sources ------------------------------------------------------------- */

/* Index of a text among the sources, which it joins if it is new; -1 when memory ran out. */
static int64_t write_source(struct line *l, struct trie *sources, const char *text, size_t length)
{
	uint32_t known = sources->nsteps, id = trie_step(sources, text, length);

	if (id == NO_STEP)
		return -1;
	if (id == known) {
		line_text(l, id ? ",\n" : "\n");
		json_line(l, text, length);
	}
	return id;
}

static bool write_proto(struct line *l, struct trie *sources, struct vm *vm, const uint8_t *proto, int64_t *index)
{
	char text[1024];

	*index = -1;
	if (proto)
		*index = write_source(l, sources, text, source_text(vm, proto, text, sizeof(text)));
	return !proto || *index >= 0;
}

/* Tables of a path are of a class only if all of them are. */
static const uint8_t *class_proto(const struct node *n)
{
	return n->class && n->class->file && n->classed == n->own[TABLE].objects ? n->class->proto : NULL;
}

/* All sources that a path refers to. False when memory ran out. */
static bool write_sources(struct line *l, struct trie *sources, struct vm *vm, struct marking *m, uint32_t node, struct node_sources *of)
{
	const struct node *n = &m->trie.nodes[node];
	uint32_t count;
	struct definition *one = definitions_shown(&m->definitions, node, &count);

	if (!write_proto(l, sources, vm, n->source, &of->functions) || !write_proto(l, sources, vm, class_proto(n), &of->class))
		return false;
	for (; count-- > 0; one++) {
		const struct step *text = &m->definitions.texts.steps[one->text];
		int64_t index = write_source(l, sources, text->text, text->length);

		if (index < 0)
			return false;
		one->source = (uint32_t)index;
	}
	for (struct adder *a = adders_of(&m->adders, node, &count); count-- > 0; a++) {
		const struct step *text = &m->adders.texts.steps[a->text];
		int64_t index = write_source(l, sources, text->text, text->length);

		if (index < 0)
			return false;
		a->source = (uint32_t)index;
	}
	return true;
}

/* All but the sources and paths. */
static void write_head(FILE *out, const struct vm *vm, struct marking *m)
{
	struct tally garbage[NTYPES];

	for (int i = 0; i < NTYPES; i++) {
		const struct tally fixed = i == STRING ? m->fixed : (struct tally){0, 0};

		garbage[i].objects = vm->total[i].objects - m->reachable[i].objects - fixed.objects;
		garbage[i].bytes = vm->total[i].bytes - m->reachable[i].bytes - fixed.bytes;
	}
	fputs("{\"label\":", out);
	json_string(out, vm->label, strlen(vm->label));
	fputs(",\"build\":", out);
	json_string(out, vm->layout->name, strlen(vm->layout->name));
	fprintf(out, ",\"address\":\"%" PRIx64 "\"", vm->g.a);
	fprintf(out, ",\"gcTotal\":%" PRIu64 ",\"accounted\":%" PRIu64 ",\n", vm->gc_total, vm->accounted);
	write_collector(out, &vm->collector);
	fputs(",\n", out);
	write_types(out, "total", vm->total);
	fputs(",\n", out);
	write_types(out, "reachable", m->reachable);
	fputs(",\n", out);
	write_types(out, "garbage", garbage);
	fputs(",\n", out);
	write_tally(out, "fixed", &m->fixed);
	fputc(',', out);
	write_tally(out, "finalizable", &m->finalizable);
	fputs(",\n", out);
	if (m->want_retained)
		fprintf(out, "\"retained\":%s,\n", m->graph.given_up ? "false" : "true");
	if (m->holders) {
		fputs("\"garbageMalloc\":", out);
		garbage_write(out, &m->garbage);
		fputs(",\n", out);
	}
	write_internals(out, &vm->internals);
	fprintf(out, ",\"ctypes\":%u,\"mcode\":%" PRIu64 ",\"passes\":%u", vm->ctype_top, vm->mcode, m->passes);
}

/* The paths that are kept, each with the position of its parent among them. */
static void write_nodes(struct line *l, struct marking *m, const struct order *order, const bool *keep, const struct node_sources *sources,
			uint32_t *position)
{
	const struct trie *t = &m->trie;

	for (size_t i = 0, written = 0; i < order->count; i++) {
		const uint32_t node = order->nodes[i], parent = t->nodes[node].parent;

		if (!keep[node])
			continue;
		line_text(l, written ? ",\n" : "\n");
		write_node(l, m, &t->nodes[node], parent == NO_NODE ? -1 : (int64_t)position[parent], sources[node]);
		position[node] = (uint32_t)written++;
	}
}

/* -- Details ------------------------------------------------------------- */

/* What the allocator has free; null where it is not LuaJIT's own, or its chunks could not be followed. */
static void write_allocator(FILE *out, const struct vm *vm)
{
	struct ljalloc_sizes a;

	fputs(",\n\"allocator\":", out);
	if (!ljalloc_sizes_read(vm, &a)) {
		fputs("null", out);
		return;
	}
	fprintf(out, "{\"segments\":[%" PRIu64 ",%" PRIu64 "],\"used\":[%" PRIu64 ",%" PRIu64 "],\"overhead\":%" PRIu64 ",",
		a.segments.objects, a.segments.bytes, a.used.objects, a.used.bytes, a.overhead);
	free_chunks_json(out, &a.free);
	fputc('}', out);
}

/* Reachable strings by size; the largest with the nodes that they are at. */
static void write_strings(FILE *out, const struct string_sizes *s, const uint32_t *became, const uint32_t *position)
{
	fputs(",\n\"strings\":{\"sizes\":", out);
	size_classes_json(out, &s->classes);
	fputs(",\"largest\":[", out);
	for (unsigned i = 0; i < s->count; i++)
		fprintf(out, "%s[%" PRIu32 ",%" PRIu64 "]", i ? "," : "", position[chain_folded(became, s->largest[i].node)], s->largest[i].bytes);
	fputs("]}", out);
}

bool vm_json(FILE *out, struct vm *vm, struct marking *marking)
{
	struct trie *t = &marking->trie;
	uint32_t *became = chain_fold_all(t);
	struct order order = {0};
	uint32_t *position = calloc(t->nnodes + 1, sizeof(*position));
	struct node_sources *sources_of = calloc(t->nnodes + 1, sizeof(*sources_of));
	struct trie sources;	/* only as an interner: steps in the order they came */
	bool *keep = NULL, ok;
	struct line l;

	trie_init(&sources);
	line_begin(&l, out);
	ok = became && position && sources_of && (!marking->want_retained || marking->graph.given_up || retained_by_path(t, &marking->graph, became)) &&
	     order_nodes(t, &order) && (keep = worth_writing(t, &order)) && definitions_settle(&marking->definitions, vm, became) &&
	     adders_settle(&marking->adders, vm, became);
	if (ok) {
		cdata_settle(&marking->cdata, became);
		write_head(out, vm, marking);
		line_text(&l, ",\n\"sources\":[");
		for (size_t i = 0; ok && i < order.count; i++)
			ok = write_sources(&l, &sources, vm, marking, order.nodes[i], &sources_of[order.nodes[i]]);
	}
	if (ok) {
		line_text(&l, "],\n\"nodes\":[");
		write_nodes(&l, marking, &order, keep, sources_of, position);
		line_text(&l, "]");
		line_end(&l);
		if (marking->want_details) {
			write_strings(out, &marking->strings, became, position);
			write_allocator(out, vm);
		}
		fputc('}', out);
	}
	trie_free(&sources);
	free(sources_of);
	free(position);
	free(keep);
	free(order.nodes);
	free(became);
	return ok;
}
