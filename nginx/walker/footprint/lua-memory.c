#include "footprint/lua-memory.h"
#include "luajit/ljalloc.h"

#include <string.h>

static void claim_segment(void *context, uint64_t start, uint64_t end)
{
	claims_add(context, start, end);
}

static void add_vm_row(struct rows *r, const struct vm *vm, const char *name, uint64_t bytes, const char *how)
{
	struct row *row;

	if (bytes == 0)
		return;
	row = rows_add(r, "lua", name, how);
	memcpy(row->vm, vm->label, sizeof(row->vm));
	row->bytes = (int64_t)bytes;
	row->has_used = true;
	row->used = bytes;
}

static void add_vm(struct rows *r, const struct vm_share *share)
{
	static const char *const reachable[NTYPES] = {"reachable strings", "reachable upvalues", "reachable threads", "reachable protos",
						      "reachable functions", "reachable traces", "reachable cdata", "reachable tables",
						      "reachable userdata"};
	static const char counted[] = "counted object by object; all VM rows sum to gc.total";
	const struct vm *vm = share->vm;
	uint64_t objects = 0, kept = share->fixed.bytes;

	for (int i = 0; i < NTYPES; i++) {
		add_vm_row(r, vm, reachable[i], share->reachable[i].bytes, counted);
		objects += vm->total[i].bytes;
		kept += share->reachable[i].bytes;
	}
	add_vm_row(r, vm, "garbage", objects - kept, counted);
	add_vm_row(r, vm, "pinned strings", share->fixed.bytes, counted);
	add_vm_row(r, vm, "string table", vm->internals.string_table, counted);
	add_vm_row(r, vm, "VM internals", vm->gc_total - objects - vm->internals.string_table, counted);
}

uint64_t lua_memory_claim(struct claims *c, struct image *im, struct vm *vms, size_t count)
{
	c->bytes = 0;
	for (size_t i = 0; i < count; i++)
		vms[i].on_malloc = !ljalloc_segments(&vms[i], claim_segment, c);
	claims_add_large(c, im, ljalloc_large_block);
	return c->bytes;
}

void lua_memory_add_rows(struct rows *r, uint64_t resident, const struct vm_share *shares, size_t count)
{
	uint64_t in_objects = 0;
	struct row *row;

	for (size_t i = 0; i < count; i++) {
		if (shares[i].vm->on_malloc)
			continue;	/* a build on the system's malloc: its objects are in those rows */
		add_vm(r, &shares[i]);
		in_objects += shares[i].vm->gc_total;
	}
	if (resident == 0)
		return;
	row = rows_add(r, "lua", resident >= in_objects ? "allocator free space and overhead" : "not resident (swapped out or never touched)",
		      "resident pages of lj_alloc's segments and large blocks, less gc.total");
	if (count == 1)
		memcpy(row->vm, shares[0].vm->label, sizeof(row->vm));
	row->bytes = (int64_t)resident - (int64_t)in_objects;
}
