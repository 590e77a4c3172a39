# SPDX-License-Identifier: MIT
"""The one home of every fact about a CPU architecture.

Sources: PEP 656 and pip's tags for `machine`; the OCI image spec for `platform`; Alpine's
`/etc/apk/arch` for `alpine`; musl's dynamic linker names for `loader`; Rust's platform
support page for `rust_target`. Compiler flags are Alpine's own baselines.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from muslwheels.errors import TargetError, close_names


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What differs between architectures; one row of the table below."""

    platform: str  # OCI platform
    machine: str  # os.uname().machine, and the architecture part of wheel tags
    alpine: str  # Alpine's name, also the one in the SONAME of its libc
    loader: str  # ARCH of musl's /lib/ld-musl-ARCH.so.1, both ARMs share one
    triple: str  # Alpine's compiler triple
    cflags: str  # CPU baseline, as Alpine builds
    kernel_headers: str  # folder of `asm/` in Debian's linux-libc-dev
    openssl_target: str  # argument of OpenSSL's Configure
    rust_target: str
    bits: int
    big_endian: bool = False
    elf_machine: str  # e_machine, as pyelftools names it
    qemu_cpu: str = ""  # QEMU_CPU that makes emulation report the baseline
    gnu_as: str = ""  # Debian package with GNU as, where clang cannot read libffi's assembly
    personality: str = ""  # setarch(8) name for 32-bit on a 64-bit kernel
    aliases: tuple[str, ...] = ()


class Architecture(Enum):
    """An architecture by our name (its value); every fact is an attribute of `facts`."""

    AMD64 = "amd64"
    I386 = "i386"
    ARM64 = "arm64"
    ARMV7 = "armv7"
    ARMV6 = "armv6"
    PPC64LE = "ppc64le"
    S390X = "s390x"
    RISCV64 = "riscv64"

    @property
    def facts(self) -> Facts:
        """The architecture's row of the table."""
        return FACTS[self]

    @property
    def platform(self) -> str:
        """OCI platform, e.g. `linux/arm/v7`."""
        return self.facts.platform

    @property
    def machine(self) -> str:
        """Architecture part of a wheel tag, e.g. `armv7l`."""
        return self.facts.machine

    @property
    def libc(self) -> str:
        """SONAME of musl's libc, as Alpine links it."""
        return f"libc.musl-{self.facts.alpine}.so.1"

    @property
    def loader(self) -> str:
        """Absolute path of musl's dynamic linker."""
        return f"/lib/ld-musl-{self.facts.loader}.so.1"

    def __str__(self) -> str:
        return self.value

    @classmethod
    def parse(cls, text: str) -> Architecture:
        """Read our name or a common alias (`x86_64`, `aarch64`, `arm/v7`, `386`, …).

        Raises TargetError naming the known architectures.
        """
        wanted = text.strip().lower()
        for arch in cls:
            if wanted in (arch.value, arch.machine, arch.platform, *arch.facts.aliases):
                return arch
        names = [arch.value for arch in cls]
        raise TargetError(
            f"Unknown architecture {text!r}.",
            hint=f"{close_names(wanted, names)} Known: {', '.join(names)}.".strip(),
        )


FACTS: dict[Architecture, Facts] = {
    Architecture.AMD64: Facts(
        platform="linux/amd64",
        machine="x86_64",
        alpine="x86_64",
        loader="x86_64",
        triple="x86_64-alpine-linux-musl",
        cflags="",
        kernel_headers="x86_64-linux-gnu",
        openssl_target="linux-x86_64",
        rust_target="x86_64-unknown-linux-musl",
        bits=64,
        elf_machine="EM_X86_64",
        aliases=("x64", "x86-64"),
    ),
    Architecture.I386: Facts(
        platform="linux/386",
        machine="i686",
        alpine="x86",
        loader="i386",
        triple="i586-alpine-linux-musl",
        cflags="",
        kernel_headers="i386-linux-gnu",
        openssl_target="linux-elf",
        rust_target="i586-unknown-linux-musl",
        bits=32,
        elf_machine="EM_386",
        personality="linux32",
        aliases=("386", "x86", "i586"),
    ),
    Architecture.ARM64: Facts(
        platform="linux/arm64",
        machine="aarch64",
        alpine="aarch64",
        loader="aarch64",
        triple="aarch64-alpine-linux-musl",
        cflags="",
        kernel_headers="aarch64-linux-gnu",
        openssl_target="linux-aarch64",
        rust_target="aarch64-unknown-linux-musl",
        bits=64,
        elf_machine="EM_AARCH64",
        aliases=("arm64v8", "arm64/v8", "linux/arm64/v8"),
    ),
    Architecture.ARMV7: Facts(
        platform="linux/arm/v7",
        machine="armv7l",
        alpine="armv7",
        loader="armhf",
        triple="armv7-alpine-linux-musleabihf",
        cflags="-march=armv7-a -mfpu=vfpv3-d16 -mfloat-abi=hard",
        kernel_headers="arm-linux-gnueabihf",
        openssl_target="linux-armv4",
        rust_target="armv7-unknown-linux-musleabihf",
        bits=32,
        elf_machine="EM_ARM",
        qemu_cpu="cortex-a9",
        aliases=("arm/v7", "arm32v7", "armv7hf"),
    ),
    Architecture.ARMV6: Facts(
        platform="linux/arm/v6",
        machine="armv6l",
        alpine="armhf",
        loader="armhf",
        triple="armv6-alpine-linux-musleabihf",
        cflags="-march=armv6kz -mfpu=vfp -mfloat-abi=hard",
        kernel_headers="arm-linux-gnueabihf",
        openssl_target="linux-armv4",
        rust_target="arm-unknown-linux-musleabihf",
        bits=32,
        elf_machine="EM_ARM",
        qemu_cpu="arm1176",
        aliases=("arm/v6", "arm32v6", "armhf"),
    ),
    Architecture.PPC64LE: Facts(
        platform="linux/ppc64le",
        machine="ppc64le",
        alpine="ppc64le",
        loader="powerpc64le",
        triple="powerpc64le-alpine-linux-musl",
        cflags="",
        kernel_headers="powerpc64le-linux-gnu",
        openssl_target="linux-ppc64le",
        rust_target="powerpc64le-unknown-linux-musl",
        bits=64,
        elf_machine="EM_PPC64",
    ),
    Architecture.S390X: Facts(
        platform="linux/s390x",
        machine="s390x",
        alpine="s390x",
        loader="s390x",
        triple="s390x-alpine-linux-musl",
        cflags="",
        kernel_headers="s390x-linux-gnu",
        openssl_target="linux64-s390x",
        rust_target="s390x-unknown-linux-musl",
        bits=64,
        big_endian=True,
        elf_machine="EM_S390",
        gnu_as="binutils-s390x-linux-gnu",
    ),
    Architecture.RISCV64: Facts(
        platform="linux/riscv64",
        machine="riscv64",
        alpine="riscv64",
        loader="riscv64",
        triple="riscv64-alpine-linux-musl",
        cflags="",
        kernel_headers="riscv64-linux-gnu",
        openssl_target="linux64-riscv64",
        rust_target="riscv64gc-unknown-linux-musl",
        bits=64,
        elf_machine="EM_RISCV",
    ),
}
