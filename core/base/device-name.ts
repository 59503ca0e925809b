/**
 * Names that Windows takes for devices, with any extension. Source: Microsoft, "Naming Files, Paths, and Namespaces".
 */
const windowsDevice = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;

/** Whether Windows takes the file name for a device. */
export const isDeviceName = (name: string): boolean => windowsDevice.test(name);
