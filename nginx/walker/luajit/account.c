/*
** The gc.total equation: the sizes of all objects on the collector's lists, plus what
** the VM allocates beside them, is gc.total to the byte. Compiled once per reference width.
*/
#include "luajit/account.h"

enum { MOST_METAMETHODS = 1 << 16 };

/* -- Lists --------------------------------------------------------------- */

/* A metatable with __gc: its userdata wait for a finalizer once unreachable. */
static bool has_gc_metamethod(struct vm *vm, uint64_t metatable)
{
	const uint8_t *root = heap_at(vm, vm->g.a + vm->layout->gcroot + MM_GC * REF, REF);
	const uint8_t *t = metatable ? heap_at(vm, metatable, TAB_SIZE) : NULL;

	if (!root || !t)
		return false;
	if (get_u32(t + TAB_HMASK) > MOST_METAMETHODS)
		return true;	/* that many entries are no metatable's: the heap is damaged, and the count advisory */
	return tv_type(heap_tab_getstr(vm, t, get_ref(root))) != T_NIL;
}

static void note_finalizer(struct vm *vm, const uint8_t *p, uint64_t addr)
{
	if (p[O_GCT] == T_CDATA ? get_marked(p) & MARK_CDATA_FIN
				: !(get_marked(p) & MARK_FINALIZED) && has_gc_metamethod(vm, get_ref(p + UD_METATABLE)))
		addr_list_push(&vm->finalizable, addr);
}

/* Add one object. Returns its copy, or NULL with vm->error set. */
static uint8_t *account_one(struct vm *vm, uint64_t addr)
{
	uint8_t *p = heap_at(vm, addr, O_GCT + 1 + 6);
	uint64_t size;
	unsigned gct;

	if (!p || (addr & 3)) {
		vm_fail(vm, "bad reference 0x%llx", (unsigned long long)addr);
		return NULL;
	}
	gct = p[O_GCT];
	if (object_header_size(gct) == 0 || !heap_at(vm, addr, object_header_size(gct)) || !object_size(vm, p, addr, &size)) {
		vm_fail(vm, "bad object of type %u at 0x%llx", gct, (unsigned long long)addr);
		return NULL;
	}
	vm->total[gct - T_STR].objects++;
	vm->total[gct - T_STR].bytes += size;
	vm->accounted += size;
	if (vm->accounted > vm->gc_total) {
		vm_fail(vm, "objects exceed gc.total %llu", (unsigned long long)vm->gc_total);
		return NULL;
	}
	return p;
}

/* A zero-sized walk can't loop: every object adds at least its header to the sum, which gc.total bounds. */
static bool account_list(struct vm *vm, uint64_t ref)
{
	while (ref) {
		const uint8_t *p = account_one(vm, ref);

		if (!p)
			return false;
		if (p[O_GCT] == T_CDATA || p[O_GCT] == T_UDATA) {
			if (!addr_list_push(&vm->foreign, ref))
				return vm_fail(vm, "out of memory");
			note_finalizer(vm, p, ref);
		} else if (p[O_GCT] == T_THREAD) {
			uint64_t uv = get_ref(p + TH_OPENUPVAL);

			while (uv) {
				const uint8_t *u = account_one(vm, uv);

				if (!u)
					return false;
				if (u[O_GCT] != T_UPVAL)
					return vm_fail(vm, "object of type %u among open upvalues", u[O_GCT]);
				uv = get_ref(u + O_NEXTGC);
			}
		}
		ref = get_ref(p + O_NEXTGC);
		if (p[O_GCT] == T_THREAD && get_u32(p + TH_STACKSIZE) == 0)
			return vm_fail(vm, "thread without a stack");
	}
	return true;
}

/* mmudata is circular, anchored at its last object. */
static bool account_mmudata(struct vm *vm, uint64_t root)
{
	uint64_t u = root;

	if (!root)
		return true;
	do {
		const uint8_t *p = heap_at(vm, u, REF);

		if (!p)
			return vm_fail(vm, "bad reference in mmudata");
		u = get_ref(p + O_NEXTGC);
		p = account_one(vm, u);
		if (!p)
			return false;
		addr_list_push(&vm->finalizable, u);
		if (!addr_list_push(&vm->foreign, u))
			return vm_fail(vm, "out of memory");
	} while (u != root);
	return true;
}

/* -- What is no object --------------------------------------------------- */

static uint64_t lightud_bytes(const struct vm *vm, const uint8_t *g)
{
	uint8_t num = g[OLD ? G_STATE + 2 : G_LIGHTUDNUM];

	if (OLD && !vm->layout->patched_2017)
		return 0;
	return num ? UINT64_C(4) * (UINT64_C(2) << (31 - __builtin_clz(num))) : 8;
}

static bool account_ctypes(struct vm *vm, const uint8_t *g)
{
	uint64_t ref = get_ref(g + vm->layout->ctype_state);
	const uint8_t *cts;

	if (!ref)
		return true;	/* ffi was never loaded */
	cts = heap_at(vm, ref, vm->layout->ctstate);
	if (!cts)
		return vm_fail(vm, "bad ctype state");
	vm->ctype_top = get_u32(cts + 8);
	vm->internals.ctypes = vm->layout->ctstate + (uint64_t)get_u32(cts + 12) * CTYPE_SIZE +
			       (uint64_t)get_u32(cts + vm->layout->cb_sizeid) * 2;
	return true;
}

static bool account_internals(struct vm *vm, const uint8_t *g)
{
	const struct layout *l = vm->layout;
	const uint8_t *J = heap_at(vm, vm->L.a + l->jit_state + l->irbuf, 80);
	const uint8_t *mcode = heap_at(vm, vm->L.a + l->jit_state + l->szallmcarea, 8);
	const uint8_t *tmpbuf = g + G_TMPBUF + (l->patched_2017 ? 4 : 0);
	struct internals *in = &vm->internals;

	if (!J || !mcode)
		return vm_fail(vm, "bad jit state");
	in->global_state = l->gg_state;
	if (l->small_buffers)
		in->tmpbuf = get_u32(g + G_TMPBUF + 4) - get_u32(g + G_TMPBUF + 8);
	else
		in->tmpbuf = get_buffer_ptr(tmpbuf + SB_E) - get_buffer_ptr(tmpbuf + SB_B);
	in->lightud_segments = lightud_bytes(vm, g);
	in->ir_buffer = (uint64_t)(get_u32(J + J_IRTOPLIM) - get_u32(J + J_IRBOTLIM)) * IRINS_SIZE;
	in->snap_buffers = (uint64_t)get_u32(J + J_SIZESNAP) * (l->old_traces ? SNAPSHOT_OLD_SIZE : SNAPSHOT_SIZE) +
			   (uint64_t)get_u32(J + J_SIZESNAPMAP) * SNAPENTRY_SIZE;
	in->trace_table = (uint64_t)get_u32(J + J_SIZETRACE) * REF;
	vm->mcode = get_u64(mcode);
	if (!account_ctypes(vm, g))
		return false;
	vm->accounted += in->global_state + in->string_table + in->tmpbuf + in->lightud_segments + in->ctypes +
			 in->ir_buffer + in->snap_buffers + in->trace_table;
	return true;
}

/* -- The steps ----------------------------------------------------------- */

/* GCSize */
static uint64_t get_size(const uint8_t *p)
{
	return GC64 ? get_u64(p) : get_u32(p);
}

static struct collector collector_of(const uint8_t *g)
{
	return (struct collector){
		.state = g[G_STATE],
		.threshold = get_size(g + G_THRESHOLD),
		.estimate = get_size(g + G_ESTIMATE),
		.debt = get_size(g + G_DEBT),
		.pause = get_u32(g + G_PAUSE),
		.stepmul = get_u32(g + G_STEPMUL),
	};
}

static bool begin(struct vm *vm, struct string_table *t)
{
	const uint8_t *g = heap_global_state(vm);
	uint32_t mask;

	vm->accounted = 0;
	vm->error[0] = '\0';
	memset(vm->total, 0, sizeof(vm->total));
	memset(&vm->fixed, 0, sizeof(vm->fixed));
	memset(&vm->internals, 0, sizeof(vm->internals));
	vm->finalizable.count = vm->foreign.count = 0;
	if (!g)
		return vm_fail(vm, "global state is not in the image");
	vm->gc_total = get_size(g + G_TOTAL);
	vm->collector = collector_of(g);
	if (vm->gc_total > vm->im->mapped)
		return vm_fail(vm, "gc.total %llu is more than the process has", (unsigned long long)vm->gc_total);
	mask = get_u32(g + G_STRMASK);
	t->buckets = (uint64_t)mask + 1;
	t->anchors = heap_at(vm, get_ref(g + G_STRTAB), t->buckets * REF);
	if (!t->anchors || (mask & (mask + 1)))
		return vm_fail(vm, "bad string table");
	vm->internals.string_table = t->buckets * REF;
	return true;
}

static bool lists(struct vm *vm)
{
	const uint8_t *g = heap_global_state(vm);

	return account_list(vm, get_ref(g + G_ROOT)) && account_mmudata(vm, get_ref(g + G_MMUDATA));
}

static bool end(struct vm *vm, const struct string_share *shares, size_t count)
{
	const unsigned str = 0;
	const uint8_t *g = heap_global_state(vm);

	for (size_t i = 0; i < count; i++) {
		const struct string_share *s = &shares[i];

		if (s->error[0])
			return vm_fail(vm, "%s", s->error);
		vm->total[str].objects += s->sum.objects;
		vm->total[str].bytes += s->sum.bytes;
		vm->accounted += s->sum.bytes;
		vm->fixed.objects += s->fixed.objects;
		vm->fixed.bytes += s->fixed.bytes;
	}
	if (vm->total[str].objects != get_u32(g + G_STRNUM))
		return vm_fail(vm, "%llu strings found, %u counted by the VM", (unsigned long long)vm->total[str].objects,
			       get_u32(g + G_STRNUM));
	if (!account_internals(vm, g))
		return false;
	if (vm->accounted != vm->gc_total)
		return vm_fail(vm, "accounted %llu of gc.total %llu", (unsigned long long)vm->accounted,
			       (unsigned long long)vm->gc_total);
	return true;
}

const struct proof_steps VARIANT(proof_steps) = {begin, lists, account_strings, end};
