#include "marker/unmark.h"
#include "luajit/heap.h"

/* The objects that are left to be met: all of them together fit into the image. */
struct walk {
	const struct vm *vm;
	uint64_t left;
};

/* The copy of the object at ref; NULL at the end of its list, and where no more can follow. */
static uint8_t *object_at(struct walk *w, uint64_t ref)
{
	if (!ref || w->left == 0)
		return NULL;
	w->left--;
	return heap_at(w->vm, ref, CDATA_SIZE);
}

static void unmark(uint8_t *p)
{
	set_marked(p, (uint8_t)((get_marked(p) & ~MARK_WHITES) | 1));
}

static void unmark_list(struct walk *w, uint64_t ref)
{
	uint8_t *p, *uv;

	for (; (p = object_at(w, ref)); ref = get_ref(p + O_NEXTGC)) {
		unmark(p);
		for (uint64_t u = p[O_GCT] == T_THREAD ? get_ref(p + TH_OPENUPVAL) : 0; (uv = object_at(w, u)); u = get_ref(uv + O_NEXTGC))
			unmark(uv);
	}
}

/* mmudata is circular. */
static void unmark_circle(struct walk *w, uint64_t root)
{
	uint64_t u = root;
	uint8_t *p;

	while ((p = object_at(w, u))) {
		unmark(p);
		u = get_ref(p + O_NEXTGC);
		if (u == root)
			break;
	}
}

bool unmark_heap(const struct vm *vm)
{
	struct walk w = {vm, vm->im->mapped / CDATA_SIZE};
	const uint8_t *g = heap_global_state(vm), *anchor;
	const uint64_t table = get_ref(g + G_STRTAB), mask = get_u32(g + G_STRMASK);

	unmark_list(&w, get_ref(g + G_ROOT));
	for (uint64_t i = 0; i <= mask && (anchor = heap_at(vm, table + i * REF, REF)); i++)
		unmark_list(&w, get_ref(anchor) & ~UINT64_C(1));
	unmark_circle(&w, get_ref(g + G_MMUDATA));
	return w.left > 0;
}
