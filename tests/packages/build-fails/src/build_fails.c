/* SPDX-License-Identifier: MIT */
#error "this module never compiles"
