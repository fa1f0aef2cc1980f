/* Memory of LuaJIT's allocator: what the VMs' objects take of it, and what is left over. */
#ifndef HW_LUA_MEMORY_H
#define HW_LUA_MEMORY_H

#include "footprint/rows.h"
#include "image/claims.h"
#include "luajit/vm.h"

/* What the rows tell of one VM. */
struct vm_share {
	const struct vm *vm;
	struct tally reachable[NTYPES], fixed;
};

/* Claim what LuaJIT's allocator has, and note the VMs that have none of it. Returns its resident bytes. */
uint64_t lua_memory_claim(struct claims *c, struct image *im, struct vm *vms, size_t count);
/* The rows of each VM's objects, and of the allocator itself; `resident` is what was claimed. */
void lua_memory_add_rows(struct rows *r, uint64_t resident, const struct vm_share *shares, size_t count);

#endif
