/*
** Marking, as lj_gc.c does it, after full collections: breadth first, so that every
** object gets the shortest path, and the smallest among those.
*/
#include "marker/marker.h"
#include "luajit/proof.h"

enum {
	MAX_PASSES = 1000,
	MM_INDEX = 0,
	MM_MODE = 3,
};

static bool mark_all(struct marker *m)
{
	const struct layout *l = m->vm->layout;
	const uint8_t *g = at(m, m->vm->g.a, l->gcroot + (uint64_t)l->gcroot_max * REF);
	size_t protos_done = 0;

	mark_roots(m, g);
	while (propagate(m) && m->threads.count > 0)
		mark_stacks(m);
	if (!m->failed && get_ref(g + l->cur_l))
		mark_object(m, get_ref(g + l->cur_l), trie_root(m->trie, "gcroot.cur_L"));
	do {
		while (propagate(m) && m->threads.count > 0)
			mark_stacks(m);
		for (; protos_done < m->protos.count && !m->failed; protos_done++)
			mark_trace(m, get_u16(m->protos.list[protos_done] + PROTO_TRACE), trie_root(m->trie, "gcroot.traces"));
	} while (!m->failed && m->found.count > 0);
	return !m->failed;
}

static void marker_reset(struct marker *m)
{
	struct trie *t = m->trie;
	struct steps *s = &m->steps;

	trie_free(t);
	trie_init(t);
	pair_map_clear(&m->edges);
	m->found.count = m->ordered.count = m->nplaces = m->threads.count = m->protos.count = m->nweak = m->touched.count = m->nruns = 0;
	m->moved = false;
	m->expanding = NO_NODE;
	m->last_metatable = 0;
	m->budget = m->vm->im->mapped + (1 << 20);
	memset(&m->out->fixed, 0, sizeof(m->out->fixed));
	m->from = 0;
	m->late = false;
	graph_clear(&m->out->graph);
	cdata_clear(&m->out->cdata);
	definitions_clear(&m->out->definitions);
	if (m->out->want_retained && !graph_add(&m->out->graph, NO_NODE, 0, false))
		fail(m, "out of memory");
	s->array = trie_step(t, "[*]", 3);
	s->strings = trie_step(t, "{*}", 3);
	s->keys = trie_step(t, ".<keys>", 7);
	s->boolean = trie_step(t, "[<boolean>]", 11);
	s->table = trie_step(t, "[<table>]", 9);
	s->function = trie_step(t, "[<function>]", 12);
	s->cdata = trie_step(t, "[<cdata>]", 9);
	s->userdata = trie_step(t, "[<userdata>]", 12);
	s->thread = trie_step(t, "[<thread>]", 10);
	s->lightud = trie_step(t, "[<lightuserdata>]", 17);
	s->metatable = trie_step(t, ".<metatable>", 12);
	s->env = trie_step(t, ".<env>", 6);
	s->proto = trie_step(t, ".<proto>", 8);
	s->stack = trie_step(t, ".<stack>", 8);
}

static void count_finalizable(struct marker *m)
{
	struct tally *sum = &m->out->finalizable;

	for (size_t i = 0; i < m->vm->finalizable.count; i++) {
		uint64_t addr = m->vm->finalizable.list[i], size;
		const uint8_t *p = at(m, addr, CDATA_SIZE);

		if (p && !is_marked(p) && object_size(m->vm, p, addr, &size)) {
			sum->objects++;
			sum->bytes += size;
		}
	}
}

static void sum_reachable(struct marker *m)
{
	for (uint32_t i = 0; i < m->trie->nnodes; i++) {
		for (int k = 0; k < NTYPES; k++) {
			m->out->reachable[k].objects += m->trie->nodes[i].own[k].objects;
			m->out->reachable[k].bytes += m->trie->nodes[i].own[k].bytes;
		}
	}
	m->out->fixed.objects = m->vm->fixed.objects - m->out->fixed.objects;
	m->out->fixed.bytes = m->vm->fixed.bytes - m->out->fixed.bytes;
}

bool VARIANT(vm_mark)(struct vm *vm, struct marking *out, struct proof *proof, name_address_fn name_address, void *context)
{
	struct marker m = {.vm = vm, .out = out, .trie = &out->trie, .name_address = name_address, .name_context = context};
	const uint8_t *g = at(&m, vm->g.a, vm->layout->gcroot + (uint64_t)vm->layout->gcroot_max * REF);
	bool again = true;

	*out = (struct marking){.want_retained = out->want_retained, .holders = out->holders};
	if (!g)
		return fail(&m, "global state is not in the image");
	m.mode_name = get_ref(g + vm->layout->gcroot + MM_MODE * REF);
	m.index_name = get_ref(g + vm->layout->gcroot + MM_INDEX * REF);
	while (again && !m.failed) {
		if (out->passes++ > 0)
			unmark_all(&m);
		if (out->passes > MAX_PASSES)
			fail(&m, "weak tables did not settle");
		marker_reset(&m);
		if (out->holders && out->passes == 1)
			read_finalizers(&m);	/* clearing weak entries takes those of dead cdata away */
		again = mark_all(&m);
		if (proof && !proof_end(proof, vm))	/* weak entries are cleared, which the account must not see */
			fail(&m, "not exact");
		again = again && !m.failed && clear_weak(&m);
	}
	if (!m.failed)
		count_weak(&m);
	if (!m.failed) {
		count_finalizable(&m);
		sum_reachable(&m);
		if (out->holders)
			hold_objects(&m);
		name_cdata(&m);
	}
	if (m.trie->failed)
		fail(&m, "out of memory");
	free(m.found.list);
	free(m.ordered.list);
	free(m.threads.list);
	free(m.protos.list);
	free(m.touched.list);
	free(m.groups);
	free(m.runs);
	free(m.weak);
	free(m.places);
	pair_map_clear(&m.edges);
	return !m.failed;
}
