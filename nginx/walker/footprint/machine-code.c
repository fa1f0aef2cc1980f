#include "footprint/machine-code.h"
#include "luajit/ljalloc.h"
#include "base/page.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_CODE_AREAS = 4096 };

void machine_code_read(struct machine_code *code, const struct areas *areas, pid_t pid)
{
	code->list = calloc(MAX_CODE_AREAS, sizeof(*code->list));
	for (size_t i = 0; code->list && i < areas->count; i++) {
		const struct area *a = &areas->list[i];

		if (!area_is_anonymous(a) || !a->m.readable || !a->executable)
			continue;
		for (uint64_t at = a->m.start; at < a->m.end && code->count < MAX_CODE_AREAS;) {
			uint64_t link[2];

			if (memory_read(pid, raddr(at), link, sizeof(link)) != 0 || link[1] == 0 || link[1] % PAGE || link[1] > a->m.end - at)
				break;
			code->list[code->count++] = (struct code_area){at, link[0], link[1]};
			at += link[1];
		}
	}
}

void machine_code_free(struct machine_code *code)
{
	free(code->list);
	memset(code, 0, sizeof(*code));
}

/* The areas of a VM are linked from its jit_State; they count only if their sizes add up to what it has on its books. */
static uint64_t vm_code(const struct machine_code *code, const struct vm *vm, bool *mine)
{
	uint64_t at = ljalloc_first_mcode(vm), sum = 0;

	for (size_t n = 0; n <= code->count && at; n++) {
		size_t i = 0;

		while (i < code->count && code->list[i].start != at)
			i++;
		if (i == code->count)
			return 0;
		mine[i] = true;
		sum += code->list[i].size;
		at = code->list[i].next;
	}
	return sum == vm->mcode ? sum : 0;
}

void machine_code_add_rows(struct rows *r, const struct machine_code *code, struct areas *areas, const struct vm_share *shares, size_t count)
{
	bool *mine = calloc(code->count + 1, sizeof(*mine)), known = true;
	uint64_t sum = 0;

	if (!mine) {
		r->failed = true;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		uint64_t size = vm_code(code, shares[i].vm, mine);

		known = known && size == shares[i].vm->mcode;
		sum += size;
	}
	for (size_t i = 0; i < areas->count; i++) {
		struct area *a = &areas->list[i];
		bool is_code = false;

		if (!area_is_anonymous(a) || !a->executable)
			continue;
		for (size_t k = 0; k < code->count; k++)
			is_code |= mine[k] && code->list[k].start >= a->m.start && code->list[k].start < a->m.end;
		if (known && is_code) {
			struct row *row = rows_of(r, "mcode", "LuaJIT machine code", "areas linked from jit_State, sizes as it has them");

			row->has_used = true;
			row->used = sum;
			row->bytes += (int64_t)a->rss;
		} else {
			rows_of(r, known ? "other" : "mcode", known ? "other machine code (PCRE)" : "machine code (LuaJIT, PCRE)",
			       "anonymous executable mappings")->bytes += (int64_t)a->rss;
		}
		a->claimed = a->rss;
	}
	free(mine);
}
