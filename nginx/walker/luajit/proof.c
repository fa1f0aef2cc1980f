#include "luajit/proof.h"
#include "freeze/freeze.h"
#include "base/clock.h"

#include <assert.h>
#include <string.h>

enum { WORTH_A_THREAD = 4 << 20 };

static void *account(void *arg)
{
	struct proof *p = arg;

	if (!p->steps->lists(&p->vm))
		p->failed = true;
	else
		p->steps->strings(&p->vm, &p->strings, &p->shares[0]);
	__atomic_store_n(&p->busy, false, __ATOMIC_RELEASE);
	return NULL;
}

void proof_start_how(struct proof *p, const struct vm *vm, bool beside)
{
	const uint64_t began = clock_monotonic_ns();

	assert(vm->layout);
	memset(p, 0, sizeof(*p));
	p->vm = *vm;
	p->steps = VARIANT_FOR(vm->layout, &proof_steps);
	if (!p->steps->begin(&p->vm, &p->strings)) {
		p->failed = true;
		return;
	}
	p->busy = true;
	p->beside = beside && pthread_create(&p->thread, NULL, account, p) == 0;
	if (!p->beside)
		account(p);
	p->alone_ns = clock_monotonic_ns() - began;
}

void proof_start(struct proof *p, const struct vm *vm)
{
	proof_start_how(p, vm, vm->im->mapped > WORTH_A_THREAD);
}

/* What was accounted, or why it is not exact. */
static void take_over(const struct proof *p, struct vm *vm)
{
	vm->proven = !p->failed;
	vm->gc_total = p->vm.gc_total;
	vm->collector = p->vm.collector;
	vm->accounted = p->vm.accounted;
	memcpy(vm->total, p->vm.total, sizeof(vm->total));
	vm->fixed = p->vm.fixed;
	vm->internals = p->vm.internals;
	vm->ctype_top = p->vm.ctype_top;
	vm->mcode = p->vm.mcode;
	vm->finalizable = p->vm.finalizable;
	vm->foreign = p->vm.foreign;
	if (p->failed)
		memcpy(vm->error, p->vm.error, sizeof(vm->error));
}

bool proof_end(struct proof *p, struct vm *vm)
{
	const uint64_t began = clock_monotonic_ns();

	if (p->ended)
		return !p->failed;
	if (p->beside) {
		p->steps->strings(&p->vm, &p->strings, &p->shares[1]);
		pthread_join(p->thread, NULL);
	}
	if (!p->failed)
		p->failed = !p->steps->end(&p->vm, p->shares, 2);
	take_over(p, vm);
	p->ended = true;
	p->alone_ns += clock_monotonic_ns() - began;
	return !p->failed;
}
