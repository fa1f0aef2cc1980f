/*
** The gc.total equation: the sizes of all objects on the collector's lists, plus what
** the VM allocates beside them, is gc.total to the byte. Compiled once per reference width.
*/
#include "vm.h"
#include "object.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

#define account_object VARIANT(account_object)

enum {
	MIN_OBJECT = GC64 ? 16 : 8,
	CT_ENUM = 5, CT_ATTRIB = 8,	/* lj_ctype.h */
	MAX_ATTRIBS = 64,
};

static bool fail(struct vm *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(struct vm *vm, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(vm->error, sizeof(vm->error), format, args);
	va_end(args);
	return false;
}

static uint8_t *at(struct vm *vm, uint64_t addr, uint64_t len)
{
	return image_at(vm->im, raddr(addr), len);
}

/* -- Sizes: one function per kind, after its lj_*_free ------------------- */

/* lj_str_free */
static uint64_t str_size(const uint8_t *s)
{
	uint64_t len = get_u32(s + STR_LEN);

	return STR_SIZE + (OLD ? len + 1 : (len + 4) & ~UINT64_C(3));
}

/* lj_tab_free */
static uint64_t tab_size(const uint8_t *t)
{
	int8_t colo = (int8_t)t[TAB_COLO];
	uint32_t hmask = get_u32(t + TAB_HMASK);
	uint64_t size = TAB_SIZE;

	if (hmask > 0)
		size += ((uint64_t)hmask + 1) * NODE_SIZE;
	if (colo <= 0)
		size += (uint64_t)get_u32(t + TAB_ASIZE) * 8;
	if (colo)
		size += (uint64_t)(colo & 0x7f) * 8;
	return size;
}

/* lj_func_free */
static uint64_t func_size(const uint8_t *fn)
{
	uint64_t n = fn[FUNC_NUPVALUES];

	return fn[FUNC_FFID] == 0 ? FUNC_UVPTR + n * REF : FUNC_C_UPVALUE + n * 8;
}

/* lj_state_free; the main thread itself is part of GG_State */
static uint64_t thread_size(const struct vm *vm, const uint8_t *th, uint64_t addr)
{
	return (addr == vm->L.a ? 0 : vm->layout->lua_state) + (uint64_t)get_u32(th + TH_STACKSIZE) * 8;
}

/* lj_trace_free */
static uint64_t trace_size(const struct vm *vm, const uint8_t *tr)
{
	uint64_t size = ((TR_SIZE + 7) & ~7) + (uint64_t)(get_u32(tr + TR_NINS) - get_u32(tr + TR_NK)) * IRINS_SIZE;

	if (vm->layout->old_traces)
		return size + (uint64_t)get_u16(tr + TR_OLD_NSNAP) * SNAPSHOT_OLD_SIZE +
		       (uint64_t)get_u16(tr + TR_OLD_NSNAPMAP) * SNAPENTRY_SIZE;
	return size + (uint64_t)get_u16(tr + TR_NSNAP) * SNAPSHOT_SIZE + (uint64_t)get_u32(tr + TR_NSNAPMAP) * SNAPENTRY_SIZE;
}

/* lj_udata_free, and lj_bufx_free for a string.buffer that owns its memory */
static uint64_t udata_size(struct vm *vm, const uint8_t *ud, uint64_t addr)
{
	uint64_t size = UD_SIZE + (uint64_t)get_u32(ud + UD_LEN);

	if (ud[UD_UDTYPE] == UDTYPE_BUFFER) {
		const uint8_t *sb = at(vm, addr + UD_SIZE, SB_DICT_MT + REF);

		if (!sb)
			return 0;
		if (!(get_buffer_ptr(sb + SB_L) & (SBUF_FLAG_COW | SBUF_FLAG_BORROW)))
			size += get_buffer_ptr(sb + SB_E) - get_buffer_ptr(sb + SB_B);
	}
	return size;
}

/* lj_cdata_free */
static uint64_t cdata_size(struct vm *vm, const uint8_t *cd, uint64_t addr)
{
	uint32_t id = get_u16(cd + CDATA_CTYPEID);
	const uint8_t *gp, *cts, *ct;

	if (cd[O_MARKED] & MARK_CDATA_VAR) {
		const uint8_t *var = at(vm, addr - 8, 8);

		return var ? (uint64_t)get_u32(var + 4) + get_u16(var + 2) : 0;
	}
	gp = at(vm, vm->g.a + vm->layout->ctype_state, REF);
	cts = gp ? at(vm, get_ref(gp), 16) : NULL;
	if (!cts)
		return 0;
	for (int i = 0; i < MAX_ATTRIBS; i++) {
		uint32_t info;

		if (id >= get_u32(cts + 8))
			return 0;
		ct = at(vm, get_ref(cts) + (uint64_t)id * CTYPE_SIZE, CTYPE_SIZE);
		if (!ct)
			return 0;
		info = get_u32(ct);
		if (info >> 28 != CT_ATTRIB)
			return CDATA_SIZE + (uint64_t)(info >> 28 <= CT_ENUM ? get_u32(ct + 4) : 8);
		id = info & 0xffff;
	}
	return 0;
}

/* Size of the object whose copy is at p, as gc.total has it. False where it is no object. */
bool account_object(struct vm *vm, const uint8_t *p, uint64_t addr, uint64_t *size);

bool account_object(struct vm *vm, const uint8_t *p, uint64_t addr, uint64_t *size)
{
	switch (p[O_GCT]) {
	case T_STR: *size = str_size(p); return true;
	case T_UPVAL: *size = UPVAL_SIZE; return true;
	case T_THREAD: *size = thread_size(vm, p, addr); return true;
	case T_PROTO: *size = get_u32(p + PROTO_SIZEPT); return true;
	case T_FUNC: *size = func_size(p); return true;
	case T_TRACE: *size = trace_size(vm, p); return true;
	case T_CDATA: *size = cdata_size(vm, p, addr); return *size != 0;
	case T_TAB: *size = tab_size(p); return true;
	case T_UDATA: *size = udata_size(vm, p, addr); return *size != 0;
	default: return false;
	}
}

/* Bytes of an object's fixed part: what must be readable before its size can be told. */
static uint64_t header_size(unsigned gct)
{
	static const uint8_t fixed[] = {STR_SIZE, UPVAL_SIZE, TH_STACKSIZE + 8, PROTO_SIZE, FUNC_UVPTR,
					TR_SIZE, CDATA_SIZE, TAB_SIZE, UD_SIZE};

	return gct >= T_STR && gct <= T_UDATA ? fixed[gct - T_STR] : 0;
}

/* -- Lists --------------------------------------------------------------- */

/* A metatable with __gc: its userdata wait for a finalizer once unreachable. */
static bool has_gc_metamethod(struct vm *vm, uint64_t metatable)
{
	const uint8_t *root = at(vm, vm->g.a + vm->layout->gcroot + 2 * REF, REF);	/* MM_gc */
	const uint8_t *t = metatable ? at(vm, metatable, TAB_SIZE) : NULL;
	uint64_t name, nodes;
	uint32_t hmask;

	if (!root || !t)
		return false;
	name = get_ref(root);
	nodes = get_ref(t + TAB_NODE);
	hmask = get_u32(t + TAB_HMASK);
	if (hmask > 1 << 16)
		return true;	/* no metatable; the count is advisory */
	for (uint64_t i = 0; i <= hmask; i++) {
		const uint8_t *n = at(vm, nodes + i * NODE_SIZE, NODE_SIZE);
		uint64_t key = n ? get_u64(n + NODE_KEY) : 0;

		if (n && tv_type(key) == T_STR && tv_ref(key) == name)
			return tv_type(get_u64(n + NODE_VAL)) != T_NIL;
	}
	return false;
}

static void note_finalizer(struct vm *vm, const uint8_t *p, uint64_t addr)
{
	if (p[O_GCT] == T_CDATA ? p[O_MARKED] & MARK_CDATA_FIN
				: !(p[O_MARKED] & MARK_FINALIZED) && has_gc_metamethod(vm, get_ref(p + UD_METATABLE)))
		addr_list_push(&vm->finalizable, addr);
}

/* Add one object. Returns its copy, or NULL with vm->error set. */
static uint8_t *account_one(struct vm *vm, uint64_t addr)
{
	uint8_t *p = at(vm, addr, O_GCT + 1 + 6);
	uint64_t size;
	unsigned gct;

	if (!p || (addr & 3)) {
		fail(vm, "bad reference 0x%llx", (unsigned long long)addr);
		return NULL;
	}
	gct = p[O_GCT];
	if (header_size(gct) == 0 || !at(vm, addr, header_size(gct)) || !account_object(vm, p, addr, &size)) {
		fail(vm, "bad object of type %u at 0x%llx", gct, (unsigned long long)addr);
		return NULL;
	}
	vm->total[gct - T_STR].objects++;
	vm->total[gct - T_STR].bytes += size;
	vm->accounted += size;
	if (vm->accounted > vm->gc_total) {
		fail(vm, "objects exceed gc.total %llu", (unsigned long long)vm->gc_total);
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
			note_finalizer(vm, p, ref);
		} else if (p[O_GCT] == T_THREAD) {
			uint64_t uv = get_ref(p + TH_OPENUPVAL);

			while (uv) {
				const uint8_t *u = account_one(vm, uv);

				if (!u)
					return false;
				if (u[O_GCT] != T_UPVAL)
					return fail(vm, "object of type %u among open upvalues", u[O_GCT]);
				uv = get_ref(u + O_NEXTGC);
			}
		}
		ref = get_ref(p + O_NEXTGC);
		if (p[O_GCT] == T_THREAD && get_u32(p + TH_STACKSIZE) == 0)
			return fail(vm, "thread without a stack");
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
		const uint8_t *p = at(vm, u, REF);

		if (!p)
			return fail(vm, "bad reference in mmudata");
		u = get_ref(p + O_NEXTGC);
		p = account_one(vm, u);
		if (!p)
			return false;
		addr_list_push(&vm->finalizable, u);
	} while (u != root);
	return true;
}

/* Names that mark.c looks for. */
static void note_name(struct vm *vm, const uint8_t *s, uint64_t addr)
{
	if (!at(vm, addr, STR_SIZE + 9))
		return;
	if (memcmp(s + STR_SIZE, "max_items", 9) == 0)
		vm->key_max_items = addr;
	else if (memcmp(s + STR_SIZE, "num_items", 9) == 0)
		vm->key_num_items = addr;
}

/*
** A share of the string table, with tallies of its own: the chains are scattered all over the heap, so several are
** walked in turn, each fetched ahead while the others are looked at, and the halves of the table by two threads.
*/
struct string_share {
	struct vm vm;			/* a copy: own tallies, own image cursor */
	struct image im;
	const uint8_t *anchors;
	uint64_t next, end;		/* buckets */
	uint64_t count;
	bool ok;
};

enum { LANES = 16, SHARES = 2 };

static uint64_t fetch_ahead(struct vm *vm, uint64_t ref)
{
	const uint8_t *p = ref ? at(vm, ref, STR_SIZE) : NULL;

	if (p)
		__builtin_prefetch(p);
	return ref;
}

/* The first string of the next chain that is not empty; 0 when there is none left. */
static uint64_t next_chain(struct string_share *s)
{
	while (s->next < s->end) {
		uint64_t ref = get_ref(s->anchors + s->next++ * REF) & ~UINT64_C(1);

		if (ref)
			return fetch_ahead(&s->vm, ref);
	}
	return 0;
}

/* One string, as account_one() but without asking what it is. ref becomes the next of its chain, or of another. */
static bool account_string(struct string_share *s, uint64_t *ref)
{
	const uint8_t *p = at(&s->vm, *ref, STR_SIZE);
	uint64_t size;

	if (!p || p[O_GCT] != T_STR || (*ref & 3))
		return fail(&s->vm, "no string at 0x%llx in the string table", (unsigned long long)*ref);
	size = str_size(p);
	s->vm.accounted += size;
	s->count++;
	if (s->vm.accounted > s->vm.gc_total)
		return fail(&s->vm, "strings exceed gc.total %llu", (unsigned long long)s->vm.gc_total);
	if (get_u32(p + STR_LEN) == 9)
		note_name(&s->vm, p, *ref);
	if (p[O_MARKED] & MARK_FIXED) {
		s->vm.fixed.objects++;
		s->vm.fixed.bytes += size;
	}
	*ref = fetch_ahead(&s->vm, get_ref(p + O_NEXTGC));
	if (*ref == 0)
		*ref = next_chain(s);
	return true;
}

static void *account_share(void *arg)
{
	struct string_share *s = arg;
	uint64_t lanes[LANES];
	int live = 0;

	while (live < LANES && (lanes[live] = next_chain(s)) != 0)
		live++;
	while (live > 0) {
		for (int i = 0; i < live; i++) {
			if (!account_string(s, &lanes[i]))
				return NULL;
			if (lanes[i] == 0)
				lanes[i--] = lanes[--live];
		}
	}
	s->ok = true;
	return NULL;
}

static void add_share(struct vm *vm, const struct string_share *s)
{
	const unsigned str = 0;

	vm->total[str].objects += s->count;
	vm->total[str].bytes += s->vm.accounted;
	vm->accounted += s->vm.accounted;
	vm->fixed.objects += s->vm.fixed.objects;
	vm->fixed.bytes += s->vm.fixed.bytes;
	if (s->vm.key_max_items)
		vm->key_max_items = s->vm.key_max_items;
	if (s->vm.key_num_items)
		vm->key_num_items = s->vm.key_num_items;
	if (!s->ok)
		memcpy(vm->error, s->vm.error, sizeof(vm->error));
}

static bool account_strings(struct vm *vm, const uint8_t *g)
{
	uint64_t table = get_ref(g + G_STRTAB), count = 0;
	uint32_t mask = get_u32(g + G_STRMASK);
	const uint8_t *anchors = at(vm, table, ((uint64_t)mask + 1) * REF);
	struct string_share shares[SHARES];
	pthread_t threads[SHARES];
	bool ok = true;

	if (!anchors || (mask & (mask + 1)))
		return fail(vm, "bad string table");
	for (unsigned i = 0; i < SHARES; i++) {
		struct string_share *s = &shares[i];

		memset(s, 0, sizeof(*s));
		s->im = *vm->im;
		s->vm = (struct vm){.im = &s->im, .layout = vm->layout, .L = vm->L, .g = vm->g, .gc_total = vm->gc_total};
		s->anchors = anchors;
		s->next = ((uint64_t)mask + 1) * i / SHARES;
		s->end = ((uint64_t)mask + 1) * (i + 1) / SHARES;
		threads[i] = 0;
		if (i + 1 == SHARES || mask < 1 << 16 || pthread_create(&threads[i], NULL, account_share, s) != 0) {
			threads[i] = 0;
			account_share(s);
		}
	}
	for (unsigned i = 0; i < SHARES; i++) {
		if (threads[i])
			pthread_join(threads[i], NULL);
		add_share(vm, &shares[i]);
		count += shares[i].count;
		ok = ok && shares[i].ok;
	}
	if (ok && count != get_u32(g + G_STRNUM))
		return fail(vm, "%llu strings found, %u counted by the VM", (unsigned long long)count, get_u32(g + G_STRNUM));
	vm->internals.string_table = ((uint64_t)mask + 1) * REF;
	return ok;
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
	cts = at(vm, ref, vm->layout->ctstate);
	if (!cts)
		return fail(vm, "bad ctype state");
	vm->ctype_top = get_u32(cts + 8);
	vm->internals.ctypes = vm->layout->ctstate + (uint64_t)get_u32(cts + 12) * CTYPE_SIZE +
			       (uint64_t)get_u32(cts + vm->layout->cb_sizeid) * 2;
	return true;
}

static bool account_internals(struct vm *vm, const uint8_t *g)
{
	const struct layout *l = vm->layout;
	const uint8_t *J = at(vm, vm->L.a + l->jit_state + l->irbuf, 80);
	const uint8_t *mcode = at(vm, vm->L.a + l->jit_state + l->szallmcarea, 8);
	const uint8_t *tmpbuf = g + G_TMPBUF + (l->patched_2017 ? 4 : 0);
	struct internals *in = &vm->internals;

	if (!J || !mcode)
		return fail(vm, "bad jit state");
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

bool VARIANT(vm_account)(struct vm *vm)
{
	const uint8_t *g = at(vm, vm->g.a, vm->layout->gcroot + (uint64_t)vm->layout->gcroot_max * REF);

	vm->accounted = 0;
	vm->error[0] = '\0';
	memset(vm->total, 0, sizeof(vm->total));
	memset(&vm->fixed, 0, sizeof(vm->fixed));
	memset(&vm->internals, 0, sizeof(vm->internals));
	vm->finalizable.count = 0;
	vm->key_max_items = vm->key_num_items = 0;
	if (!g)
		return fail(vm, "global state is not in the image");
	vm->gc_total = GC64 ? get_u64(g + G_TOTAL) : get_u32(g + G_TOTAL);
	if (vm->gc_total > vm->im->mapped)
		return fail(vm, "gc.total %llu is more than the process has", (unsigned long long)vm->gc_total);
	if (!account_list(vm, get_ref(g + G_ROOT)) || !account_mmudata(vm, get_ref(g + G_MMUDATA)) ||
	    !account_strings(vm, g) || !account_internals(vm, g))
		return false;
	if (vm->accounted != vm->gc_total)
		return fail(vm, "accounted %llu of gc.total %llu", (unsigned long long)vm->accounted,
			    (unsigned long long)vm->gc_total);
	return true;
}
