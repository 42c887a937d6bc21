// SPDX-License-Identifier: GPL-2.0-only
/*
 * A 32-bit program for the battery and the suite, without any library, so that it builds on a 64-bit
 * system as it is: opens a FIFO with call 5, or accepts a connection with call 102 (on ARM 285), and
 * exits with the errno it got, 0 for none, which it writes to a descriptor if there is one.
 *
 * Not for: anything else.
 *
 *   battery32 open PATH [RESULT-FD]
 *   battery32 accept FD [RESULT-FD]
 */
#define NR_EXIT           1
#define NR_WRITE          4
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

static long number_of(const char *digits)
{
	long number = 0;

	for (; *digits >= '0' && *digits <= '9'; digits++)
		number = number * 10 + (*digits - '0');
	return number;
}

static long accept_on(long fd)
{
#ifdef __arm__
	return call3(NR_ACCEPT_ARM, fd, 0, 0);
#else
	long arguments[3] = {fd, 0, 0};

	return call3(NR_SOCKETCALL, SOCKETCALL_ACCEPT, (long)arguments, 0);
#endif
}

/* stack: argc, argv[0], argv[1], ... */
__attribute__((used)) static void begin(char **stack)
{
	long words = *(long *)stack, result;
	int error;

	if (words != 3 && words != 4)
		call3(NR_EXIT, 125, 0, 0);
	if (stack[2][0] == 'o')
		result = call3(NR_OPEN, (long)stack[3] | ADDRESS_SPARE, 0, 0);
	else
		result = accept_on(number_of(stack[3]));
	error = result < 0 ? -result : 0;
	if (words == 4)
		call3(NR_WRITE, number_of(stack[4]), (long)&error, sizeof(error));
	call3(NR_EXIT, error, 0, 0);
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
