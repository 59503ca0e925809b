/** The fields of a data centre by its platform, with a row for each automatic platform. */
import type { Component } from 'vue';
import type { platforms } from '../../../../core/platform/platforms.ts';
import VsphereFields from './vsphere-fields.vue';

const fields: Readonly<Record<keyof typeof platforms, Component>> = { vsphere: VsphereFields };

export const platformFields = (platform: unknown): Component | undefined =>
  Object.entries<Component>(fields).find(([name]) => name === platform)?.[1];
