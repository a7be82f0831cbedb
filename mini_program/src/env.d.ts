declare module '*.vue' {
  import type { DefineComponent } from 'vue'
  const component: DefineComponent<object, object, unknown>
  export default component
}

interface ImportMetaEnv {
  /** Where the API is; H5 that was built without asks the host it came from. */
  readonly VITE_API_URL?: string
  /** Where the directory of cells is, and the JWK set of who signs it; none where there is one cell. */
  readonly VITE_CELLS_URL?: string
  readonly VITE_CELLS_KEYS?: string
}

/** The build puts the platform's name here. */
declare const process: { env: { UNI_PLATFORM: 'h5' | 'mp-weixin' | 'mp-alipay' } }
