declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent<object, object, unknown>
  export default component
}

interface ImportMetaEnv {
  /** Where the API is, for the mini-programs; H5 asks the host it came from. */
  readonly VITE_API_URL?: string
}

/** The build puts the platform's name here. */
declare const process: { env: { UNI_PLATFORM: 'h5' | 'mp-weixin' | 'mp-alipay' } }
