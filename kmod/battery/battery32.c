// SPDX-License-Identifier: GPL-2.0-only
/*
 * A 32-bit program for the battery, without any library, so that it builds on a 64-bit system as it
 * is: opens a FIFO with call 5, or accepts a connection with call 102 (on ARM 285), and exits with the
 * errno it got.
 *
 * Not for: use outside the battery.
 *
 *   battery32 open PATH
 *   battery32 accept FD
 */
#define NR_EXIT           1
#define NR_OPEN           5
#define NR_SOCKETCALL     102
#define SOCKETCALL_ACCEPT 5
#define NR_ACCEPT_ARM     285

#ifdef __s390__
#define ADDRESS_SPARE 0x80000000UL /* of 32 bits one says nothing */
#else
#define ADDRESS_SPARE 0
#endif

static long call3(long number, long a, long b, long c)
{
#if defined(__i386__)
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a), "c"(b), "d"(c)
			 : "memory");
	return result;
#elif defined(__arm__)
	register long r7 __asm__("r7") = number;
	register long r0 __asm__("r0") = a;
	register long r1 __asm__("r1") = b;
	register long r2 __asm__("r2") = c;

	__asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
	return r0;
#elif defined(__s390__)
	register long r1 __asm__("1") = number;
	register long r2 __asm__("2") = a;
	register long r3 __asm__("3") = b;
	register long r4 __asm__("4") = c;

	__asm__ volatile("svc 0" : "+d"(r2) : "d"(r1), "d"(r3), "d"(r4) : "memory");
	return r2;
#endif
}

static long accept_on(const char *digits)
{
	long arguments[3] = {0, 0, 0};

	for (; *digits >= '0' && *digits <= '9'; digits++)
		arguments[0] = arguments[0] * 10 + (*digits - '0');
#ifdef __arm__
	return call3(NR_ACCEPT_ARM, arguments[0], 0, 0);
#else
	return call3(NR_SOCKETCALL, SOCKETCALL_ACCEPT, (long)arguments, 0);
#endif
}

/* stack: argc, argv[0], argv[1], ... */
__attribute__((used)) static void begin(char **stack)
{
	long result;

	if (*(long *)stack != 3)
		call3(NR_EXIT, 125, 0, 0);
	if (stack[2][0] == 'o')
		result = call3(NR_OPEN, (long)stack[3] | ADDRESS_SPARE, 0, 0);
	else
		result = accept_on(stack[3]);
	call3(NR_EXIT, result < 0 ? -result : 0, 0, 0);
	__builtin_unreachable();
}

#if defined(__i386__)
__asm__(".globl _start\n"
	"_start:\n"
	"	mov	%esp, %eax\n"
	"	push	%eax\n"
	"	call	begin\n");
#elif defined(__arm__)
__asm__(".globl _start\n"
	".thumb_func\n"
	"_start:\n"
	"	mov	r0, sp\n"
	"	bl	begin\n");
#elif defined(__s390__)
__asm__(".globl _start\n"
	"_start:\n"
	"	lr	%r2, %r15\n"
	"	ahi	%r15, -96\n"
	"	bras	%r14, begin\n");
#endif
