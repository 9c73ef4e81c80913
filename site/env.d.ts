/// <reference types="vite/types/importMeta.d.ts" />
declare module '*.css';
declare module '*?worker' {
  const WorkerOfModule: new (options?: { name?: string }) => Worker;
  export default WorkerOfModule;
}
declare module '*.webp' {
  const address: string;
  export default address;
}
declare module '*.png' {
  const address: string;
  export default address;
}
declare module '*?url' {
  const address: string;
  export default address;
}
